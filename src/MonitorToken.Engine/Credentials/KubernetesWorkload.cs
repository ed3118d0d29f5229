using Azure.Core;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// A Kubernetes pod whose service account is trusted by an application or a managed identity. The workload identity
/// webhook has set the variables and mounted the service account's token as a file.
/// </summary>
internal static class KubernetesWorkload
{
    public static TokenCredential CredentialOf(
        string name, string? tenant, string? client, string? file, TokenTransport transport)
    {
        (string Variable, string? Value)[] needed =
        [
            (EnvironmentVariable.TenantId, tenant),
            (EnvironmentVariable.ClientId, client),
            (EnvironmentVariable.FederatedTokenFile, file),
        ];
        string[] missing = [.. needed.Where(one => one.Value is null).Select(one => one.Variable)];
        if (missing.Length > 0)
            throw TokenErrors.Unavailable(
                name,
                $"This isn't a pod with workload identity: {string.Join(", ", missing)} "
                    + $"{(missing.Length > 1 ? "aren't" : "isn't")} set.",
                "Run this in a pod that the workload identity webhook has set up, "
                    + "or specify -TenantId, -ClientId and -TokenFilePath.");

        CredentialCatalog.CheckTenant(tenant!);
        string assertion = Read(name, file!);
        transport.ConnectAhead();
        return AzureIdentityCredential.WithAssertion(tenant, client, _ => Task.FromResult(assertion), transport);
    }

    /// <summary>
    /// Kubernetes replaces the file regularly, so it is read for each token. It is read here because Azure.Identity's
    /// error does not say whether the file is empty, missing or unreadable.
    /// </summary>
    private static string Read(string name, string file)
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
                : File.Exists(file) ? "can't be read by this user" : "doesn't exist";
        }

        throw TokenErrors.Unavailable(
            name,
            $"The token file '{FileSnapshot.FullPath(file)}' {why}.",
            "Check -TokenFilePath or AZURE_FEDERATED_TOKEN_FILE.");
    }
}
