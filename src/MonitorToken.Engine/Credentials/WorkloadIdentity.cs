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

    private static readonly Lookout Pod = new([Tenant, Client, TokenFile]);

    public override string Name => "WorkloadIdentity";

    /// <summary>The file's content changes all the time for the same identity, so it is no part of this.</summary>
    protected override string Fingerprint { get; } = options.TokenFilePath ?? string.Empty;

    protected override Surroundings LookAround() => Pod.Look();

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Party party)
    {
        (string Variable, string? Value)[] needed =
        [
            (Tenant, TenantId ?? seen[Tenant]),
            (Client, ClientId ?? seen[Client]),
            (TokenFile, Options.TokenFilePath ?? seen[TokenFile]),
        ];
        string[] missing = [.. needed.Where(one => one.Value is null).Select(one => one.Variable)];
        if (missing.Length > 0)
            throw Failure.Unavailable(
                Name,
                $"This is no pod with a workload identity: {string.Join(", ", missing)} "
                    + $"{(missing.Length > 1 ? "are" : "is")} not set.",
                "Run this in a pod that the workload identity webhook has prepared, "
                    + "or give -TenantId, -ClientId and -TokenFilePath.");

        CredentialCatalog.CheckTenant(needed[0].Value!);
        string assertion = Read(needed[2].Value!);
        wire.ConnectAhead();
        return new ClientAssertionCredential(
            needed[0].Value,
            needed[1].Value,
            () => assertion,
            wire.Configure(
                new ClientAssertionCredentialOptions { DisableInstanceDiscovery = wire.DisableInstanceDiscovery }));
    }

    /// <summary>
    /// Kubernetes replaces the file all the time, so it is read for each token, and here: the library says of one that
    /// is empty or gone no more than that it could do nothing with it.
    /// </summary>
    private string Read(string file)
    {
        string why;
        try
        {
            string assertion = File.ReadAllText(file).Trim();
            if (assertion.Length > 0)
                return assertion;

            why = "is empty";
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            why = Directory.Exists(file)
                ? "is a folder"
                : File.Exists(file) ? "may not be read by this user" : "is not there";
        }

        throw Failure.Unavailable(
            Name,
            $"The token file '{file}' {why}.",
            "Check -TokenFilePath or AZURE_FEDERATED_TOKEN_FILE.");
    }
}
