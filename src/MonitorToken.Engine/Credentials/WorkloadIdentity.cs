using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application that trusts the Kubernetes service account whose token is in a file.</summary>
internal sealed class WorkloadIdentity(CredentialOptions options) : AzureIdentityCredential(options)
{
    private static readonly string[] Variables = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"];

    public override string Name => "WorkloadIdentity";

    /// <summary>The file's content changes all the time for the same identity, so it is no part of this.</summary>
    protected override string Fingerprint => Digest.OfEnvironment(Variables) + Options.TokenFilePath;

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller)
    {
        string?[] values = [TenantId, ClientId, Options.TokenFilePath];
        string[] missing =
        [
            .. Variables.Where((variable, i) => values[i] is null && string.IsNullOrEmpty(System.Environment.GetEnvironmentVariable(variable))),
        ];
        if (missing.Length > 0)
            throw Failure.Unavailable(
                Name,
                $"This is no pod with a workload identity: {string.Join(", ", missing)} {(missing.Length > 1 ? "are" : "is")} not set.",
                "Run this in a pod that the workload identity webhook has prepared, or give -TenantId, -ClientId and -TokenFilePath.");

        string file = Options.TokenFilePath ?? System.Environment.GetEnvironmentVariable(Variables[2])!;
        if (!File.Exists(file))
            throw Failure.Unavailable(Name, $"The token file '{file}' is not there.", "Check -TokenFilePath or AZURE_FEDERATED_TOKEN_FILE.");

        WorkloadIdentityCredentialOptions identityOptions = wire.Configure(
            new WorkloadIdentityCredentialOptions { DisableInstanceDiscovery = wire.DisableInstanceDiscovery, TokenFilePath = file });
        identityOptions.TenantId = TenantId ?? identityOptions.TenantId;
        identityOptions.ClientId = ClientId ?? identityOptions.ClientId;
        return new WorkloadIdentityCredential(identityOptions);
    }
}
