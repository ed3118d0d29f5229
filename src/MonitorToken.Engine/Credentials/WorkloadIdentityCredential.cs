using Azure.Core;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application that trusts the Kubernetes service account whose token is in a file.</summary>
internal sealed class WorkloadIdentityCredential(CredentialOptions options) : AzureIdentityCredential(options)
{
    private static readonly InputReader Variables = new(
        [EnvironmentVariable.TenantId, EnvironmentVariable.ClientId, EnvironmentVariable.FederatedTokenFile]);

    public override string Name => "WorkloadIdentity";

    /// <summary>
    /// The file's content changes regularly for the same identity, so it is not part of the fingerprint.
    /// </summary>
    protected override string Fingerprint { get; } = options.TokenFilePath ?? string.Empty;

    protected override InputReader Inputs => Variables;

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters) =>
        KubernetesWorkload.CredentialOf(
            Name,
            TenantId ?? inputs[EnvironmentVariable.TenantId],
            ClientId ?? inputs[EnvironmentVariable.ClientId],
            Options.TokenFilePath ?? inputs[EnvironmentVariable.FederatedTokenFile],
            transport);

    protected override (string? TenantId, string? ClientId) IdentityIn(CredentialInputs inputs) =>
        (TenantId ?? inputs[EnvironmentVariable.TenantId], ClientId ?? inputs[EnvironmentVariable.ClientId]);
}
