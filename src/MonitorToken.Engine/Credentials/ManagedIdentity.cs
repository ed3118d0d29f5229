using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.ManagedIdentity;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>The identity that Azure gives to the machine, app, runbook or cluster that this runs on.</summary>
internal sealed class ManagedIdentity : AzureIdentityCredential
{
    /// <summary>
    /// The library reads these variables by itself, so a token counts only if they are the same afterwards.
    /// </summary>
    private static readonly Lookout Host = new([.. ManagedIdentityHost.Variables, Pod.TokenFile]);

    /// <summary>The same, where the pod's other variables tell of a managed identity too.</summary>
    private static readonly Lookout InPod =
        new([.. ManagedIdentityHost.Variables, Pod.TokenFile, Pod.Tenant, Pod.Client]);

    /// <exception cref="TokenException">A user-assigned identity is named by one id, and this is not it.</exception>
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
    internal override TimeSpan? HeadStart
    {
        get
        {
            Surroundings seen = LookAround();
            bool isUnlikely = !AzureVmDetector.IsLikely && !IsPod(seen)
                && ManagedIdentityHost.From(seen) == ManagedIdentityHost.Imds;
            return TimeSpan.FromMilliseconds(isUnlikely ? 10 : 100);
        }
    }

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
            : Wire.ToThisHost(Options, Name, request, waiters, seen);

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters) =>
        IsPod(seen)
            ? Pod.CredentialOf(
                Name,
                TenantId ?? seen[Pod.Tenant],
                ClientId ?? seen[Pod.Client],
                seen[Pod.TokenFile],
                wire)
            : new ManagedIdentityCredential(wire.Configure(new ManagedIdentityCredentialOptions(Id())));

    protected override (string? TenantId, string? ClientId) IdentityIn(Surroundings seen) =>
        IsPod(seen)
            ? (TenantId ?? seen[Pod.Tenant], ClientId ?? seen[Pod.Client])
            : base.IdentityIn(seen);

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, Surroundings seen, Waiters waiters, CancellationToken cancellationToken)
    {
        if (IsPod(seen))
        {
            if (Options.IdentityResourceId is not null || Options.IdentityObjectId is not null)
                throw new TokenException(
                    TokenError.InvalidOption,
                    "In a pod with a workload identity, a managed identity can be named by its client id alone.",
                    "Give -ClientId in place of -IdentityResourceId or -IdentityObjectId.");

            return await base.AcquireAsync(request, seen, waiters, cancellationToken).ConfigureAwait(false);
        }

        ManagedIdentityHost host = ManagedIdentityHost.From(seen);
        host.CheckVariables(seen, Name);
        host.CheckIdentity(Options, Name);
        if (host == ManagedIdentityHost.Imds)
            await ImdsProbe
                .At(Imds.AddressFrom(seen)).FindAsync(request, waiters, cancellationToken).ConfigureAwait(false);

        if (host == ManagedIdentityHost.AppService2017)
        {
            Wire wire = CreateWire(request, seen, waiters);
            Answer answer = await AppService2017
                .RequestAsync(Options, request, seen, wire, cancellationToken).ConfigureAwait(false);
            return AccessTokens.From(
                answer.Token,
                answer.ExpiresOn!.Value,
                refreshOn: null,
                request,
                this,
                waiters,
                clientId: ClientId ?? wire.AnsweredClientId);
        }

        AccessToken token;
        try
        {
            token = await base.AcquireAsync(request, seen, waiters, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A failure, too, belongs to what was seen.
            seen.MustStand();
            throw;
        }

        seen.MustStand();
        return token;
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
    /// Azure.Identity asks Entra there before it looks for any host, as -WorkloadIdentity does. This is said here, and
    /// not left to it, so that Entra is asked as in any other way of signing in.
    /// </summary>
    private bool IsPod(Surroundings seen) =>
        seen[Pod.TokenFile] is not null && (TenantId ?? seen[Pod.Tenant]) is not null
        && (ClientId ?? seen[Pod.Client]) is not null;
}
