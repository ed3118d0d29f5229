using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application with a client secret.</summary>
internal sealed class ClientSecret(CredentialOptions options) : AzureIdentityCredential(options)
{
    public override string Name => "ClientSecret";

    protected override string Fingerprint { get; } =
        Digest.Of(options.ClientSecret!) + (options.UseV1Endpoint ? "v1" : "v2");

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters)
    {
        wire.ConnectAhead();
        return new ClientSecretCredential(
            TenantId,
            ClientId,
            Secret.PlainText(Options.ClientSecret!),
            wire.Configure(
                new ClientSecretCredentialOptions { DisableInstanceDiscovery = true }));
    }

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, Surroundings seen, Waiters waiters, CancellationToken cancellationToken)
    {
        if (!Options.UseV1Endpoint)
            return await base.AcquireAsync(request, seen, waiters, cancellationToken).ConfigureAwait(false);

        Wire wire = Wire.ToAuthority(Options, Name, waiters);
        await wire.ValidateAuthorityAsync(cancellationToken).ConfigureAwait(false);
        Answer answer = await TokenEndpointV1.RequestAsync(Options, request, wire, cancellationToken)
            .ConfigureAwait(false);
        return AccessTokens.From(answer.Token, answer.ExpiresOn!.Value, refreshOn: null, request, this, waiters);
    }
}
