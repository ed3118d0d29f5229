using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application that trusts a service connection of Azure Pipelines.</summary>
internal sealed class AzurePipelines(CredentialOptions options) : AzureIdentityCredential(options)
{
    /// <summary>The library looks this one up by itself.</summary>
    private const string RequestVariable = "SYSTEM_OIDCREQUESTURI";
    private const string TokenVariable = "SYSTEM_ACCESSTOKEN";

    private static readonly Lookout Job = new([RequestVariable, TokenVariable]);

    public override string Name => "AzurePipelines";

    protected override string Fingerprint { get; } =
        options.ServiceConnectionId + (options.SystemAccessToken is { } token ? Digest.Of(token) : string.Empty);

    protected override Surroundings LookAround() => Job.Look();

    protected override Wire CreateWire(TokenRequest request, Surroundings seen, Waiters waiters) =>
        Wire.ToAuthority(
            Options,
            Name,
            waiters,
            whereNotVouched: "Check -ServiceConnectionId, "
                + "and that the pipeline may use the connection and its token is the job's own.");

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters)
    {
        if (seen[RequestVariable] is null)
            throw Failure.Unavailable(
                Name,
                $"This is no job of Azure Pipelines: {RequestVariable} is not set.",
                "Run it in a pipeline.");

        string? token = Options.SystemAccessToken is { } given ? Secret.PlainText(given) : seen[TokenVariable];
        if (string.IsNullOrEmpty(token))
            throw Failure.Unavailable(
                Name,
                $"The pipeline's access token is missing: {TokenVariable} is not set.",
                "Map it into the step (env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)), or give -SystemAccessToken.");

        return new AzurePipelinesCredential(TenantId, ClientId, Options.ServiceConnectionId, token, wire.Configure(
            new AzurePipelinesCredentialOptions { DisableInstanceDiscovery = wire.DisableInstanceDiscovery }));
    }

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, Surroundings seen, Waiters waiters, CancellationToken cancellationToken)
    {
        AccessToken token = await base.AcquireAsync(request, seen, waiters, cancellationToken).ConfigureAwait(false);
        seen.MustStand();
        return token;
    }
}
