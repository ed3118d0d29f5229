using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Memory;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application that trusts the Kubernetes service account whose token is in a file.</summary>
internal sealed class WorkloadIdentity(CredentialOptions options) : AzureIdentityCredential(options)
{
    private const string Tenant = "AZURE_TENANT_ID";
    private const string Client = "AZURE_CLIENT_ID";
    private const string TokenFile = "AZURE_FEDERATED_TOKEN_FILE";

    public override string Name => "WorkloadIdentity";

    /// <summary>The file's content changes all the time for the same identity, so it is no part of this.</summary>
    protected override string Fingerprint { get; } = options.TokenFilePath ?? string.Empty;

    protected override Surroundings LookAround() => Surroundings.OfVariables(Tenant, Client, TokenFile);

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Party party)
    {
        (string Variable, string? Value)[] needed =
        [
            (Tenant, TenantId ?? seen[Tenant]), (Client, ClientId ?? seen[Client]), (TokenFile, Options.TokenFilePath ?? seen[TokenFile]),
        ];
        string[] missing = [.. needed.Where(one => one.Value is null).Select(one => one.Variable)];
        if (missing.Length > 0)
            throw Failure.Unavailable(
                Name,
                $"This is no pod with a workload identity: {string.Join(", ", missing)} {(missing.Length > 1 ? "are" : "is")} not set.",
                "Run this in a pod that the workload identity webhook has prepared, or give -TenantId, -ClientId and -TokenFilePath.");

        CredentialCatalog.CheckTenant(needed[0].Value!);
        string file = needed[2].Value!;
        if (!File.Exists(file))
            throw Failure.Unavailable(Name, $"The token file '{file}' is not there.", "Check -TokenFilePath or AZURE_FEDERATED_TOKEN_FILE.");

        return new WorkloadIdentityCredential(wire.Configure(new WorkloadIdentityCredentialOptions
        {
            DisableInstanceDiscovery = wire.DisableInstanceDiscovery,
            TenantId = needed[0].Value,
            ClientId = needed[1].Value,
            TokenFilePath = file,
        }));
    }
}
