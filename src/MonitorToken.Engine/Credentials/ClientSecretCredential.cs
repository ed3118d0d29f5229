using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;
using Identity = Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application with a client secret.</summary>
internal sealed class ClientSecretCredential(CredentialOptions options) : AzureIdentityCredential(options)
{
    public override string Name => "ClientSecret";

    protected override string Fingerprint { get; } =
        Digest.Of(options.ClientSecret!) + (options.UseV1Endpoint ? "v1" : "v2");

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters)
    {
        transport.ConnectAhead();
        return new Identity.ClientSecretCredential(
            TenantId,
            ClientId,
            Secret.PlainText(Options.ClientSecret!),
            transport.Configure(
                new ClientSecretCredentialOptions { DisableInstanceDiscovery = true }));
    }

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, CredentialInputs inputs, Waiters waiters, CancellationToken cancellationToken)
    {
        if (!Options.UseV1Endpoint)
            return await base.AcquireAsync(request, inputs, waiters, cancellationToken).ConfigureAwait(false);

        TokenTransport transport = TokenTransport.ToAuthority(Options, Name, waiters);
        await transport.ValidateAuthorityAsync(cancellationToken).ConfigureAwait(false);
        TokenResponse answer = await TokenEndpointV1.RequestAsync(Options, request, transport, cancellationToken)
            .ConfigureAwait(false);
        return AccessTokenFactory.Create(
            answer.Token, answer.ExpiresOn!.Value, refreshOn: null, request, this, waiters);
    }
}
