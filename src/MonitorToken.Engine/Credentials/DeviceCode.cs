using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>A person, in a browser anywhere, by a code that is entered there.</summary>
internal sealed class DeviceCode(CredentialOptions options) : UserCredential(options)
{
    public override string Name => "DeviceCode";

    protected override TokenCredential Create(
        AuthenticationRecord? user,
        TokenCachePersistenceOptions? cache,
        Wire wire,
        Waiters waiters)
    {
        DeviceCodeCredentialOptions identityOptions = wire.Configure(new DeviceCodeCredentialOptions
        {
            DisableInstanceDiscovery = true,
            TenantId = TenantId,
            AuthenticationRecord = user,
            DisableAutomaticAuthentication = true,
            TokenCachePersistenceOptions = cache,
            DeviceCodeCallback = (code, _) =>
            {
                waiters.Show(Legible.Line(code.Message));
                waiters.Progress(
                    Legible.Line($"Waiting for the code {code.UserCode} to be entered at {code.VerificationUri}"),
                    code.ExpiresOn);
                return Task.CompletedTask;
            },
        });
        if (ClientId is not null)
            identityOptions.ClientId = ClientId;
        return new DeviceCodeCredential(identityOptions);
    }

    protected override Task<AuthenticationRecord> SignInAsync(
        TokenCredential credential,
        TokenRequestContext context,
        CancellationToken cancellationToken) =>
        ((DeviceCodeCredential)credential).AuthenticateAsync(context, cancellationToken);
}
