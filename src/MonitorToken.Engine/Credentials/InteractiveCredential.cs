using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>A user, in the browser of this machine (authorization code flow with PKCE).</summary>
internal sealed class InteractiveCredential(CredentialOptions options) : UserCredential(options)
{
    public override string Name => "Interactive";

    protected override TokenCredential Create(
        AuthenticationRecord? user,
        TokenCachePersistenceOptions? cache,
        TokenTransport transport,
        Waiters waiters)
    {
        InteractiveBrowserCredentialOptions identityOptions = transport.Configure(
            new InteractiveBrowserCredentialOptions
            {
                DisableInstanceDiscovery = true,
                TenantId = TenantId,
                LoginHint = Options.LoginHint,
                AuthenticationRecord = user,
                DisableAutomaticAuthentication = true,
                TokenCachePersistenceOptions = cache,
            });
        if (ClientId is not null)
            identityOptions.ClientId = ClientId;
        if (Options.RedirectUri is not null)
            identityOptions.RedirectUri = Options.RedirectUri;
        return new InteractiveBrowserCredential(identityOptions);
    }

    protected override Task<AuthenticationRecord> SignInAsync(
        TokenCredential credential,
        TokenRequestContext context,
        CancellationToken cancellationToken) =>
        ((InteractiveBrowserCredential)credential).AuthenticateAsync(context, cancellationToken);
}
