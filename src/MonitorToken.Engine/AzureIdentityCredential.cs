using Azure.Core;

namespace MonitorToken.Engine;

/// <summary>A way of signing in that one of Azure.Identity's credentials knows.</summary>
internal abstract class AzureIdentityCredential(CredentialOptions options) : EntraCredential(options)
{
    /// <summary>
    /// Made anew for each request to the identity service: Azure.Identity keeps tokens for as long as its
    /// object lives, and those must not outlive a change of secret or answer a forced refresh.
    /// </summary>
    protected abstract TokenCredential Create(TokenRequest request, Wire wire, ICaller caller);

    protected override async Task<AccessToken> AcquireAsync(TokenRequest request, ICaller caller, CancellationToken cancellationToken)
    {
        TokenCredential credential = Create(request, new Wire(Options, caller), caller);
        var context = new TokenRequestContext([.. request.Scopes], claims: ClaimsFor(request), tenantId: TenantId);
        Azure.Core.AccessToken token = await credential.GetTokenAsync(context, cancellationToken).ConfigureAwait(false);
        return AccessTokens.From(token, request, this, caller);
    }

    protected virtual string? ClaimsFor(TokenRequest request) => request.Claims;
}
