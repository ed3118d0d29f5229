using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>The identity that Azure gives to the machine, app, runbook or cluster that this runs on.</summary>
internal sealed class ManagedIdentity : AzureIdentityCredential
{
    /// <summary>
    /// How long the metadata service may take to show that it is there. On Azure it takes milliseconds; elsewhere
    /// the address often swallows what is sent to it, and Azure.Identity alone would wait 100 seconds.
    /// </summary>
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(3);

    /// <summary>The same where others follow: not much longer than a developer's tool takes that has been started meanwhile.</summary>
    private static readonly TimeSpan ShortProbeTimeout = TimeSpan.FromMilliseconds(900);

    private static readonly Uri DefaultMetadataService = new("http://169.254.169.254");

    /// <summary>Variables by which hosts other than virtual machines tell where their identity endpoint is.</summary>
    private static readonly string[] HostVariables =
        ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "MSI_ENDPOINT", "MSI_SECRET", "IMDS_ENDPOINT", "AZURE_FEDERATED_TOKEN_FILE"];

    private static readonly string[] ArcAgents =
        [@"%ProgramFiles%\AzureConnectedMachineAgent\himds.exe", "/opt/azcmagent/bin/himds"];

    /// <exception cref="TokenException">A user-assigned identity is told by one id, and this is not it.</exception>
    public ManagedIdentity(CredentialOptions options)
        : base(options)
    {
        if (new[] { options.ClientId, options.IdentityResourceId, options.IdentityObjectId }.Count(id => id is not null) > 1)
            throw new TokenException(
                TokenError.InvalidOption,
                "More than one id of a managed identity was given.",
                "Give one of -ClientId, -IdentityResourceId and -IdentityObjectId.");

        if (options.IdentityResourceId is { } id && !id.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase))
            throw new TokenException(
                TokenError.InvalidOption,
                $"'{id}' is not the resource id of a managed identity.",
                "Give it as /subscriptions/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…");
    }

    public override string Name => "ManagedIdentity";

    internal override bool MayBeSilent => true;

    protected override string Fingerprint =>
        Digest.OfEnvironment([.. HostVariables, "AZURE_POD_IDENTITY_AUTHORITY_HOST"]) + Options.IdentityResourceId + Options.IdentityObjectId;

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller) =>
        new ManagedIdentityCredential(wire.Configure(
            new ManagedIdentityCredentialOptions(Id()),
            isTraced: string.IsNullOrEmpty(System.Environment.GetEnvironmentVariable("IDENTITY_SERVER_THUMBPRINT"))));

    protected override async Task<AccessToken> AcquireAsync(TokenRequest request, ICaller caller, CancellationToken cancellationToken)
    {
        if (NeedsMetadataService())
            await ProbeAsync(new Wire(Options, caller), request.HasAlternatives ? ShortProbeTimeout : ProbeTimeout, cancellationToken).ConfigureAwait(false);

        return await base.AcquireAsync(request, caller, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The library keeps managed identity tokens for the whole process; claims are the one thing that makes it ask again.</summary>
    protected override string? ClaimsFor(TokenRequest request) => request.Claims ?? (request.Renews ? "{}" : null);

    private ManagedIdentityId Id() =>
        Options.IdentityResourceId is { } resourceId ? ManagedIdentityId.FromUserAssignedResourceId(new ResourceIdentifier(resourceId))
        : Options.IdentityObjectId is { } objectId ? ManagedIdentityId.FromUserAssignedObjectId(objectId)
        : ClientId is { } clientId ? ManagedIdentityId.FromUserAssignedClientId(clientId)
        : ManagedIdentityId.SystemAssigned;

    /// <summary>Whether nothing else tells where the identity endpoint is; in the combinations that the library goes by.</summary>
    private static bool NeedsMetadataService()
    {
        bool isHost = IsSet("IDENTITY_ENDPOINT") && (IsSet("IDENTITY_HEADER") || IsSet("IMDS_ENDPOINT"));
        bool isPod = IsSet("AZURE_FEDERATED_TOKEN_FILE") && IsSet("AZURE_TENANT_ID") && IsSet("AZURE_CLIENT_ID");
        return !isHost && !isPod && !IsSet("MSI_ENDPOINT")
            && !ArcAgents.Any(path => File.Exists(System.Environment.ExpandEnvironmentVariables(path)));

        static bool IsSet(string variable) => !string.IsNullOrEmpty(System.Environment.GetEnvironmentVariable(variable));
    }

    /// <summary>Azure's metadata service refuses a request without its header at once; that it answers is all there is to know.</summary>
    private async Task ProbeAsync(Wire wire, TimeSpan timeout, CancellationToken cancellationToken)
    {
        string? moved = System.Environment.GetEnvironmentVariable("AZURE_POD_IDENTITY_AUTHORITY_HOST");
        if (!System.Uri.TryCreate(moved, UriKind.Absolute, out Uri? service))
            service = string.IsNullOrEmpty(moved) ? DefaultMetadataService : throw NotHere($"AZURE_POD_IDENTITY_AUTHORITY_HOST holds '{moved}', which is no address");

        HttpPipeline pipeline = wire.CreatePipeline(maxRetries: 0);
        using HttpMessage message = pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Get;
        message.Request.Uri.Reset(new Uri(service, "/metadata/identity/oauth2/token?api-version=2018-02-01"));

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            await pipeline.SendAsync(message, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw exception is OperationCanceledException
                ? NotHere($"the metadata service at {service.Host} did not answer within {timeout.TotalSeconds:0.#} seconds")
                : NotHere($"the metadata service at {service.Host} cannot be reached");
        }

        // Other clouds, containers and proxies answer at the same address too, each in its own way.
        if (message.Response.Status != 400)
            throw NotHere($"what answers at {service.Host} (HTTP {message.Response.Status}) is not Azure's metadata service, or it is not ready");
    }

    private TokenException NotHere(string reason) =>
        Failure.Unavailable(
            Name,
            $"There is no managed identity here: {reason}.",
            "Run this on an Azure resource that has a managed identity, or sign in another way, such as -AzureCli.");
}
