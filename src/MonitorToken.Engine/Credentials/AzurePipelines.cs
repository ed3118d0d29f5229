using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// An application that trusts a service connection of Azure Pipelines. Its assertion has the audience of the cloud that the
/// connection was made for; the request has no parameter for it.
/// </summary>
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
            System.Uri.TryCreate(seen[RequestVariable], UriKind.Absolute, out Uri? address) ? address : null,
            "Check -ServiceConnectionId, "
                + "and that the pipeline may use the connection and its token is the job's own.");

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters)
    {
        if (seen[RequestVariable] is null)
            throw Failure.Unavailable(
                Name,
                $"This isn't an Azure Pipelines job: {RequestVariable} is not set.",
                "Run it in a pipeline.");
        if (!System.Uri.TryCreate(seen[RequestVariable], UriKind.Absolute, out _))
            throw Failure.Unavailable(
                Name,
                $"{RequestVariable} holds no address.",
                "Run it in a pipeline, which sets the variable.");

        string? token = Options.SystemAccessToken is { } given ? Secret.PlainText(given) : seen[TokenVariable];
        if (string.IsNullOrEmpty(token))
            throw Failure.Unavailable(
                Name,
                $"The pipeline's access token is missing: {TokenVariable} is not set.",
                "Map it into the step (env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)), or give -SystemAccessToken.");

        return new AzurePipelinesCredential(TenantId, ClientId, Options.ServiceConnectionId, token, wire.Configure(
            new AzurePipelinesCredentialOptions { DisableInstanceDiscovery = true }));
    }

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, Surroundings seen, Waiters waiters, CancellationToken cancellationToken)
    {
        AccessToken token = await base.AcquireAsync(request, seen, waiters, cancellationToken).ConfigureAwait(false);
        seen.MustStand();
        return token;
    }
}
