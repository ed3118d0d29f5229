using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.ManagedIdentity;
using MonitorToken.Engine.Caching;
using Identity = Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>The identity that Azure assigns to the machine, app, runbook or cluster that this runs on.</summary>
internal sealed class ManagedIdentityCredential : AzureIdentityCredential
{
    /// <summary>
    /// Azure.Identity reads these variables itself, so a token is used only if they are unchanged afterwards.
    /// </summary>
    private static readonly InputReader Host = new(
        [.. ManagedIdentityHost.Variables, EnvironmentVariable.FederatedTokenFile]);

    /// <summary>The same in a pod, where the variables of the workload identity count too.</summary>
    private static readonly InputReader InPod =
        new([
            .. ManagedIdentityHost.Variables,
            EnvironmentVariable.FederatedTokenFile,
            EnvironmentVariable.TenantId,
            EnvironmentVariable.ClientId,
        ]);

    /// <exception cref="TokenException">More than one id was specified, or the resource id is malformed.</exception>
    public ManagedIdentityCredential(CredentialOptions options)
        : base(options)
    {
        if (new[] { options.ClientId, options.IdentityResourceId, options.IdentityObjectId }.Count(
            id => id is not null) > 1)
            throw new TokenException(
                TokenError.InvalidOption,
                "More than one ID of a managed identity was specified.",
                "Specify only one of -ClientId, -IdentityResourceId and -IdentityObjectId.");

        if (options.IdentityResourceId is { } id
            && !id.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase))
            throw new TokenException(
                TokenError.InvalidOption,
                $"'{id}' isn't the resource ID of a managed identity.",
                "Use the format /subscriptions/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…");

        Fingerprint = options.IdentityResourceId + options.IdentityObjectId;
    }

    public override string Name => "ManagedIdentity";

    /// <summary>
    /// If a managed identity is unlikely here, just long enough for a connection to be refused. Both times are chosen.
    /// </summary>
    internal override TimeSpan? ParallelStartDelay
    {
        get
        {
            CredentialInputs inputs = Inputs.TryRead()!;
            bool isUnlikely = !AzureVmDetector.IsLikely && !IsPod(inputs)
                && ManagedIdentityHost.From(inputs) == ManagedIdentityHost.Imds;
            return TimeSpan.FromMilliseconds(isUnlikely ? 10 : 100);
        }
    }

    protected override string SourceMemory => "Azure caches managed identity tokens for up to 24 hours.";

    protected override string Fingerprint { get; }

    protected override InputReader Inputs =>
        Host.TryRead()![EnvironmentVariable.FederatedTokenFile] is null ? Host : InPod;

    protected override TokenTransport CreateTransport(TokenRequest request, CredentialInputs inputs, Waiters waiters) =>
        IsPod(inputs)
            ? base.CreateTransport(request, inputs, waiters)
            : TokenTransport.ToThisHost(Options, Name, request, waiters, inputs);

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters) =>
        IsPod(inputs)
            ? KubernetesWorkload.CredentialOf(
                Name,
                TenantId ?? inputs[EnvironmentVariable.TenantId],
                ClientId ?? inputs[EnvironmentVariable.ClientId],
                inputs[EnvironmentVariable.FederatedTokenFile],
                transport)
            : new Identity.ManagedIdentityCredential(transport.Configure(new ManagedIdentityCredentialOptions(Id())));

    protected override (string? TenantId, string? ClientId) IdentityIn(CredentialInputs inputs) =>
        IsPod(inputs)
            ? (TenantId ?? inputs[EnvironmentVariable.TenantId], ClientId ?? inputs[EnvironmentVariable.ClientId])
            : base.IdentityIn(inputs);

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, CredentialInputs inputs, Waiters waiters, CancellationToken cancellationToken)
    {
        if (IsPod(inputs))
        {
            if (Options.IdentityResourceId is not null || Options.IdentityObjectId is not null)
                throw new TokenException(
                    TokenError.InvalidOption,
                    "In a pod with a workload identity, only the client ID can identify a managed identity.",
                    "Specify -ClientId instead of -IdentityResourceId or -IdentityObjectId.");

            return await base.AcquireAsync(request, inputs, waiters, cancellationToken).ConfigureAwait(false);
        }

        ManagedIdentityHost host = ManagedIdentityHost.From(inputs);
        host.Check(inputs, Options, Name);
        if (host == ManagedIdentityHost.Imds)
            await ImdsProbe
                .At(host.EndpointIn(inputs)!).FindAsync(request, waiters, cancellationToken).ConfigureAwait(false);

        if (host == ManagedIdentityHost.AppService2017)
        {
            TokenTransport transport = CreateTransport(request, inputs, waiters);
            TokenResponse answer = await AppService2017
                .RequestAsync(Options, request, inputs, transport, cancellationToken).ConfigureAwait(false);
            return AccessTokenFactory.Create(
                answer.Token,
                answer.ExpiresOn!.Value,
                refreshOn: null,
                request,
                this,
                waiters,
                clientId: ClientId ?? transport.AnsweredClientId);
        }

        AccessToken token;
        try
        {
            token = await base.AcquireAsync(request, inputs, waiters, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A failure, too, belongs to the inputs that it was requested with.
            await inputs.ThrowIfChangedAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }

        await inputs.ThrowIfChangedAsync(cancellationToken).ConfigureAwait(false);
        return token;
    }

    /// <summary>
    /// MSAL caches managed identity tokens for the whole process and has no force refresh for them; only claims bypass
    /// its cache. If the host caches tokens too, they make it fetch a new one instead of the last one.
    /// </summary>
    protected override string? ClaimsFor(TokenRequest request, CredentialInputs inputs) =>
        request.Claims ?? (IsPod(inputs) ? null : "{}");

    private ManagedIdentityId Id() =>
        Options.IdentityResourceId is { } resourceId
            ? ManagedIdentityId.FromUserAssignedResourceId(new ResourceIdentifier(resourceId))
            : Options.IdentityObjectId is { } objectId ? ManagedIdentityId.FromUserAssignedObjectId(objectId)
        : ClientId is { } clientId ? ManagedIdentityId.FromUserAssignedClientId(clientId)
        : ManagedIdentityId.SystemAssigned;

    /// <summary>
    /// In such a pod Azure.Identity's ManagedIdentityCredential signs in with the workload identity. That is decided
    /// here and not left to it, so that the request to Entra has the same handlers and errors as any other.
    /// </summary>
    private bool IsPod(CredentialInputs inputs) =>
        inputs[EnvironmentVariable.FederatedTokenFile] is not null
        && (TenantId ?? inputs[EnvironmentVariable.TenantId]) is not null
        && (ClientId ?? inputs[EnvironmentVariable.ClientId]) is not null;
}
