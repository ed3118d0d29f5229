using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;
using Identity = Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// An application that trusts a service connection of Azure Pipelines. The audience of the assertion is that of the
/// cloud that the connection was created for; the request has no parameter for it.
/// </summary>
internal sealed class AzurePipelinesCredential(CredentialOptions options) : AzureIdentityCredential(options)
{
    /// <summary>AzurePipelinesCredential reads this variable itself.</summary>
    private const string RequestVariable = "SYSTEM_OIDCREQUESTURI";
    private const string TokenVariable = "SYSTEM_ACCESSTOKEN";

    private static readonly InputReader Job = new([RequestVariable, TokenVariable]);

    public override string Name => "AzurePipelines";

    protected override string Fingerprint { get; } =
        options.ServiceConnectionId + (options.SystemAccessToken is { } token ? Digest.Of(token) : string.Empty);

    protected override InputReader Inputs => Job;

    protected override TokenTransport CreateTransport(TokenRequest request, CredentialInputs inputs, Waiters waiters) =>
        TokenTransport.ToAuthority(
            Options,
            Name,
            waiters,
            System.Uri.TryCreate(inputs[RequestVariable], UriKind.Absolute, out Uri? address) ? address : null,
            "Check -ServiceConnectionId, "
                + "that the pipeline is allowed to use the connection, and that its token is the job's own.");

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters)
    {
        if (inputs[RequestVariable] is null)
            throw TokenErrors.Unavailable(
                Name,
                $"This isn't an Azure Pipelines job: {RequestVariable} isn't set.",
                "Run it in a pipeline.");
        if (!System.Uri.TryCreate(inputs[RequestVariable], UriKind.Absolute, out _))
            throw TokenErrors.Unavailable(
                Name,
                $"{RequestVariable} isn't set to a valid URI.",
                "Run it in a pipeline, which sets the variable.");

        string? token = Options.SystemAccessToken is { } given ? Secret.PlainText(given) : inputs[TokenVariable];
        if (string.IsNullOrEmpty(token))
            throw TokenErrors.Unavailable(
                Name,
                $"The pipeline's access token is missing: {TokenVariable} isn't set.",
                "Map it into the step (env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)), or use -SystemAccessToken.");

        return new Identity.AzurePipelinesCredential(
            TenantId, ClientId, Options.ServiceConnectionId, token, transport.Configure(
            new AzurePipelinesCredentialOptions { DisableInstanceDiscovery = true }));
    }

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, CredentialInputs inputs, Waiters waiters, CancellationToken cancellationToken)
    {
        AccessToken token = await base.AcquireAsync(request, inputs, waiters, cancellationToken).ConfigureAwait(false);
        await inputs.ThrowIfChangedAsync(cancellationToken).ConfigureAwait(false);
        return token;
    }
}
