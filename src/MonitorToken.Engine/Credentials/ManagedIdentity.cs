using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Metadata;

namespace MonitorToken.Engine.Credentials;

/// <summary>The identity that Azure gives to the machine, app, runbook or cluster that this runs on.</summary>
internal sealed class ManagedIdentity : AzureIdentityCredential
{
    /// <summary>
    /// Variables by which hosts tell where their identity endpoint is. The library reads them by itself, so a token
    /// counts only if they are the same afterwards.
    /// </summary>
    private static readonly string[] HostVariables =
    [
        Endpoint, "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT",
        FirstAppService.EndpointVariable, FirstAppService.SecretVariable, "DEFAULT_IDENTITY_CLIENT_ID", Pod.TokenFile,
        MetadataService.AddressVariable,
    ];

    /// <summary>Where they tell of a managed identity; elsewhere they are others' affair.</summary>
    private static readonly Lookout InPod = new([.. HostVariables, Pod.Tenant, Pod.Client]);

    private static readonly Lookout Host = new(HostVariables);

    private const string Endpoint = "IDENTITY_ENDPOINT";

    private static readonly string[] ArcAgents =
        [@"%ProgramFiles%\AzureConnectedMachineAgent\himds.exe", "/opt/azcmagent/bin/himds"];

    /// <exception cref="TokenException">A user-assigned identity is told by one id, and this is not it.</exception>
    public ManagedIdentity(CredentialOptions options)
        : base(options)
    {
        if (new[] { options.ClientId, options.IdentityResourceId, options.IdentityObjectId }.Count(
            id => id is not null) > 1)
            throw new TokenException(
                TokenError.InvalidOption,
                "More than one id of a managed identity was given.",
                "Give one of -ClientId, -IdentityResourceId and -IdentityObjectId.");

        if (options.IdentityResourceId is { } id
            && !id.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase))
            throw new TokenException(
                TokenError.InvalidOption,
                $"'{id}' is not the resource id of a managed identity.",
                "Give it as /subscriptions/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…");

        Fingerprint = options.IdentityResourceId + options.IdentityObjectId;
    }

    public override string Name => "ManagedIdentity";

    /// <summary>Where it is unlikely to be there, just long enough to be refused.</summary>
    internal override TimeSpan? HeadStart => TimeSpan.FromMilliseconds(
        NeedsMetadataService(LookAround()) && !AzureMachine.IsLikely ? 10 : 100);

    protected override string SourceMemory => "Managed identity tokens are kept on Azure's side for up to 24 hours.";

    protected override string Fingerprint { get; }

    protected override Surroundings LookAround()
    {
        Surroundings host = Host.Look();
        return host[Pod.TokenFile] is null ? host : InPod.Look();
    }

    protected override Wire CreateWire(TokenRequest request, Surroundings seen, Waiters waiters) =>
        IsPod(seen)
            ? base.CreateWire(request, seen, waiters)
            : Wire.ToThisHost(Options, Name, request, waiters, seen["IDENTITY_SERVER_THUMBPRINT"]);

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters) =>
        IsPod(seen)
            ? Pod.CredentialOf(
                Name,
                TenantId ?? seen[Pod.Tenant],
                ClientId ?? seen[Pod.Client],
                seen[Pod.TokenFile],
                wire)
            : new ManagedIdentityCredential(wire.Configure(new ManagedIdentityCredentialOptions(Id())));

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, Surroundings seen, Waiters waiters, CancellationToken cancellationToken)
    {
        if (IsPod(seen))
        {
            if (Options.IdentityResourceId is not null || Options.IdentityObjectId is not null)
                throw new TokenException(
                    TokenError.InvalidOption,
                    "In a pod with a workload identity, a managed identity is told by its client id alone.",
                    "Give -ClientId in place of -IdentityResourceId or -IdentityObjectId.");

            return await base.AcquireAsync(request, seen, waiters, cancellationToken).ConfigureAwait(false);
        }

        if (EndpointVariable(seen) is { } variable && !System.Uri.TryCreate(seen[variable], UriKind.Absolute, out _))
            throw Failure.Unavailable(
                Name,
                $"There is no managed identity here: {variable} holds '{seen[variable]}', which is no address.",
                "Leave the variable to the host, which sets it, or remove it.");

        if (NeedsMetadataService(seen))
            await MetadataService.Of(seen).FindAsync(request, waiters, cancellationToken).ConfigureAwait(false);

        if (FirstAppService.Is(seen))
        {
            Answer answer = await FirstAppService
                .RequestAsync(
                    Options,
                    request,
                    seen,
                    CreateWire(request, seen, waiters),
                    cancellationToken).ConfigureAwait(false);
            return AccessTokens.From(answer.Token, answer.ExpiresOn!.Value, refreshOn: null, request, this, waiters);
        }

        try
        {
            AccessToken token = await base.AcquireAsync(request, seen, waiters, cancellationToken)
                .ConfigureAwait(false);
            seen.MustStand();
            return token;
        }
        catch (Exception exception) when (Failure.Unfold(exception).OfType<UnauthorizedAccessException>().Any())
        {
            throw new TokenException(
                TokenError.AuthenticationFailed,
                "This user may not read the file by which the Azure Arc agent tells who may have a token.",
                "Run it as administrator or root, or add the user to the group himds (on Windows: "
                    + "Hybrid agent extension applications).")
            {
                CredentialName = Name,
            };
        }
    }

    /// <summary>
    /// The library keeps managed identity tokens for the whole process; claims are the one thing that makes it ask.
    /// Where the host has a memory too, they make it fetch a new one in place of what it gave last.
    /// </summary>
    protected override string? ClaimsFor(TokenRequest request, Surroundings seen) =>
        request.Claims ?? (IsPod(seen) ? null : "{}");

    private ManagedIdentityId Id() =>
        Options.IdentityResourceId is { } resourceId
            ? ManagedIdentityId.FromUserAssignedResourceId(new ResourceIdentifier(resourceId))
            : Options.IdentityObjectId is { } objectId ? ManagedIdentityId.FromUserAssignedObjectId(objectId)
        : ClientId is { } clientId ? ManagedIdentityId.FromUserAssignedClientId(clientId)
        : ManagedIdentityId.SystemAssigned;

    /// <summary>
    /// The variable that tells where the identity endpoint is, in the combinations that the library goes by; null for
    /// none.
    /// </summary>
    private static string? EndpointVariable(Surroundings seen) =>
        seen[Endpoint] is not null && (seen["IDENTITY_HEADER"] is not null || seen["IMDS_ENDPOINT"] is not null)
            ? Endpoint
            : seen[FirstAppService.EndpointVariable] is not null ? FirstAppService.EndpointVariable : null;

    /// <summary>Whether nothing else tells where the identity endpoint is.</summary>
    private bool NeedsMetadataService(Surroundings seen) =>
        EndpointVariable(seen) is null && !IsPod(seen)
        && !ArcAgents.Any(path => File.Exists(System.Environment.ExpandEnvironmentVariables(path)));

    /// <summary>
    /// Azure.Identity asks Entra there before it looks for any host, as -WorkloadIdentity does. This is said here, and
    /// not left to it, so that Entra is asked as in any other way of signing in.
    /// </summary>
    private bool IsPod(Surroundings seen) =>
        seen[Pod.TokenFile] is not null && (TenantId ?? seen[Pod.Tenant]) is not null
        && (ClientId ?? seen[Pod.Client]) is not null;
}
