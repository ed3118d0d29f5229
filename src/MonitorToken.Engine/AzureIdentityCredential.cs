using Azure.Core;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine;

/// <summary>A way of signing in that one of Azure.Identity's credentials knows.</summary>
internal abstract class AzureIdentityCredential(CredentialOptions options) : SingleCredential(options)
{
    /// <summary>
    /// Made anew for each request to the identity service: Azure.Identity keeps tokens for as long as its
    /// object lives, and those must not outlive a change of secret or answer a forced refresh.
    /// </summary>
    protected abstract TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters);

    protected virtual Wire CreateWire(TokenRequest request, Surroundings seen, Waiters waiters) =>
        Wire.ToAuthority(Options, Name, waiters);

    /// <summary>
    /// The tenant and the application or managed identity that it signs in to and as; null where it is not told.
    /// </summary>
    protected virtual (string? TenantId, string? ClientId) IdentityIn(Surroundings seen) => (TenantId, ClientId);

    protected virtual string? ClaimsFor(TokenRequest request, Surroundings seen) => request.Claims;

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, Surroundings seen, Waiters waiters, CancellationToken cancellationToken)
    {
        Wire wire = CreateWire(request, seen, waiters);
        TokenCredential credential = Create(request, seen, wire, waiters);
        await wire.ValidateAuthorityAsync(cancellationToken).ConfigureAwait(false);
        string? claims = ClaimsFor(request, seen);
        var context = new TokenRequestContext([.. request.Scopes], claims: claims, tenantId: TenantId);
        Azure.Core.AccessToken token = await credential.GetTokenAsync(context, cancellationToken).ConfigureAwait(false);
        (string? tenantId, string? clientId) = IdentityIn(seen);
        return AccessTokens.From(
            token.Token,
            token.ExpiresOn,
            token.RefreshOn,
            request,
            this,
            waiters,
            tenantId,
            clientId ?? wire.AnsweredClientId);
    }
}
