using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>A credential that one of Azure.Identity's credentials implements.</summary>
internal abstract class AzureIdentityCredential(CredentialOptions options) : SingleCredential(options)
{
    /// <summary>
    /// Creates Azure.Identity's credential, once for each request: its credentials cache tokens for as long as they
    /// live, and a cached token must not outlive a change of secret or answer a forced refresh.
    /// </summary>
    protected abstract TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters);

    /// <summary>Creates Azure.Identity's credential for an application that presents an assertion.</summary>
    internal static TokenCredential WithAssertion(
        string? tenantId,
        string? clientId,
        Func<CancellationToken, Task<string>> getAssertionAsync,
        TokenTransport transport) =>
        new ClientAssertionCredential(
            tenantId,
            clientId,
            getAssertionAsync,
            transport.Configure(new ClientAssertionCredentialOptions { DisableInstanceDiscovery = true }));

    protected virtual TokenTransport CreateTransport(TokenRequest request, CredentialInputs inputs, Waiters waiters) =>
        TokenTransport.ToAuthority(Options, Name, waiters);

    /// <summary>
    /// The tenant, and the application or managed identity, that it signs in to and as; null if unknown.
    /// </summary>
    protected virtual (string? TenantId, string? ClientId) IdentityIn(CredentialInputs inputs) => (TenantId, ClientId);

    protected virtual string? ClaimsFor(TokenRequest request, CredentialInputs inputs) => request.Claims;

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, CredentialInputs inputs, Waiters waiters, CancellationToken cancellationToken)
    {
        TokenTransport transport = CreateTransport(request, inputs, waiters);
        TokenCredential credential = Create(request, inputs, transport, waiters);
        await transport.ValidateAuthorityAsync(cancellationToken).ConfigureAwait(false);
        string? claims = ClaimsFor(request, inputs);
        var context = new TokenRequestContext([.. request.Scopes], claims: claims, tenantId: TenantId);
        Azure.Core.AccessToken token = await credential.GetTokenAsync(context, cancellationToken).ConfigureAwait(false);
        (string? tenantId, string? clientId) = IdentityIn(inputs);
        return AccessTokenFactory.Create(
            token.Token,
            token.ExpiresOn,
            token.RefreshOn,
            request,
            this,
            waiters,
            tenantId,
            clientId ?? transport.AnsweredClientId);
    }
}
