using Azure.Core;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application that trusts the Kubernetes service account whose token is in a file.</summary>
internal sealed class WorkloadIdentity(CredentialOptions options) : AzureIdentityCredential(options)
{
    private static readonly Lookout Variables = new([Pod.Tenant, Pod.Client, Pod.TokenFile]);

    public override string Name => "WorkloadIdentity";

    /// <summary>The file's content changes all the time for the same identity, so it is no part of this.</summary>
    protected override string Fingerprint { get; } = options.TokenFilePath ?? string.Empty;

    protected override Surroundings LookAround() => Variables.Look();

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters) =>
        Pod.CredentialOf(
            Name,
            TenantId ?? seen[Pod.Tenant],
            ClientId ?? seen[Pod.Client],
            Options.TokenFilePath ?? seen[Pod.TokenFile],
            wire);

    protected override (string? TenantId, string? ClientId) IdentityIn(Surroundings seen) =>
        (TenantId ?? seen[Pod.Tenant], ClientId ?? seen[Pod.Client]);
}
