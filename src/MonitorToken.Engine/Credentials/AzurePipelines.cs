using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application that trusts a service connection of Azure Pipelines.</summary>
internal sealed class AzurePipelines(CredentialOptions options) : AzureIdentityCredential(options)
{
    private const string RequestVariable = "SYSTEM_OIDCREQUESTURI";
    private const string TokenVariable = "SYSTEM_ACCESSTOKEN";

    public override string Name => "AzurePipelines";

    protected override string Fingerprint => string.Join(
        "\n",
        Options.ServiceConnectionId,
        Digest.OfEnvironment(RequestVariable),
        Options.SystemAccessToken is { } token ? Digest.Of(token) : Digest.OfEnvironment(TokenVariable));

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller)
    {
        if (string.IsNullOrEmpty(System.Environment.GetEnvironmentVariable(RequestVariable)))
            throw Failure.Unavailable(Name, $"This is no job of Azure Pipelines: {RequestVariable} is not set.", "Run it in a pipeline.");

        string? token = Options.SystemAccessToken is { } given ? Secret.PlainText(given) : System.Environment.GetEnvironmentVariable(TokenVariable);
        if (string.IsNullOrEmpty(token))
            throw Failure.Unavailable(
                Name,
                $"The pipeline's access token is missing: {TokenVariable} is not set.",
                "Map it into the step (env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)), or give -SystemAccessToken.");

        return new AzurePipelinesCredential(TenantId, ClientId, Options.ServiceConnectionId, token, wire.Configure(
            new AzurePipelinesCredentialOptions { DisableInstanceDiscovery = wire.DisableInstanceDiscovery }));
    }
}
