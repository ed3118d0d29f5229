using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;
using Identity = Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>A user who enters a code in a browser on any device (device code flow).</summary>
internal sealed class DeviceCodeCredential(CredentialOptions options) : UserCredential(options)
{
    public override string Name => "DeviceCode";

    protected override TokenCredential Create(
        AuthenticationRecord? user,
        TokenCachePersistenceOptions? cache,
        TokenTransport transport,
        Waiters waiters)
    {
        DeviceCodeCredentialOptions identityOptions = transport.Configure(new DeviceCodeCredentialOptions
        {
            DisableInstanceDiscovery = true,
            TenantId = TenantId,
            AuthenticationRecord = user,
            DisableAutomaticAuthentication = true,
            TokenCachePersistenceOptions = cache,
            DeviceCodeCallback = (code, _) =>
            {
                waiters.Show(TextSanitizer.OneLine(code.Message));
                waiters.Progress(
                    TextSanitizer.OneLine(
                        $"Waiting for the code {code.UserCode} to be entered at {code.VerificationUri}"),
                    code.ExpiresOn);
                return Task.CompletedTask;
            },
        });
        if (ClientId is not null)
            identityOptions.ClientId = ClientId;
        return new Identity.DeviceCodeCredential(identityOptions);
    }

    protected override Task<AuthenticationRecord> SignInAsync(
        TokenCredential credential,
        TokenRequestContext context,
        CancellationToken cancellationToken) =>
        ((Identity.DeviceCodeCredential)credential).AuthenticateAsync(context, cancellationToken);
}
