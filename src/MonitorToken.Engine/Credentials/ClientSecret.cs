using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application with a client secret.</summary>
internal sealed class ClientSecret(CredentialOptions options) : AzureIdentityCredential(options)
{
    public override string Name => "ClientSecret";

    protected override string Fingerprint { get; } =
        Digest.Of(options.ClientSecret!) + (options.UseV1Endpoint ? "v1" : "v2");

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller) =>
        new ClientSecretCredential(
            TenantId,
            ClientId,
            Secret.PlainText(Options.ClientSecret!),
            wire.Configure(new ClientSecretCredentialOptions { DisableInstanceDiscovery = wire.DisableInstanceDiscovery }));

    protected override async Task<AccessToken> AcquireAsync(TokenRequest request, ICaller caller, CancellationToken cancellationToken) =>
        Options.UseV1Endpoint
            ? AccessTokens.From(await V1Endpoint.RequestAsync(Options, request, new Wire(Options, caller), cancellationToken).ConfigureAwait(false), request, this, caller)
            : await base.AcquireAsync(request, caller, cancellationToken).ConfigureAwait(false);
}
