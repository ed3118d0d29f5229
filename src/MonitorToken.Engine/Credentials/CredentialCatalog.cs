using System.Security;

namespace MonitorToken.Engine.Credentials;

/// <summary>The ways of signing in. A new one is a file in Credentials and a line here.</summary>
internal static class CredentialCatalog
{
    private static readonly Dictionary<string, Func<CredentialOptions, Credential>> Known = new(StringComparer.Ordinal)
    {
        ["Default"] = options => new DefaultCredential(options),
        ["Environment"] = options => new EnvironmentCredential(options),
        ["ClientSecret"] = options => new ClientSecretCredential(options),
        ["Certificate"] = options => new ClientCertificateCredential(options),
        ["ManagedIdentity"] = options => new ManagedIdentityCredential(options),
        ["WorkloadIdentity"] = options => new WorkloadIdentityCredential(options),
        ["FederatedToken"] = options =>
            options.FederatedCredential is null ? new FederatedTokenCredential(
                options) : new FederatedCredential(options),
        ["GitHubActions"] = options => new GitHubActionsCredential(options),
        ["AzurePipelines"] = options => new AzurePipelinesCredential(options),
        ["AzureCli"] = options => new AzureCliCredential(options),
        ["AzureDeveloperCli"] = options => new AzureDeveloperCliCredential(options),
        ["VisualStudio"] = options => new VisualStudioCredential(options),
        ["AzurePowerShell"] = options => new AzurePowerShellCredential(options),
        ["Interactive"] = options => new InteractiveCredential(options),
        ["DeviceCode"] = options => new DeviceCodeCredential(options),
        ["OnBehalfOf"] = options => new OnBehalfOfCredential(options),
        ["Chain"] = options => new ChainedCredential(
            options,
            [.. options.Chain!.Select(member => new ChainMember((EntraCredential)member))]),
    };

    /// <summary>The same, with secrets that are the credential's own.</summary>
    /// <exception cref="TokenException">What the caller said cannot be used.</exception>
    public static Credential CreateOwn(CredentialOptions options) => Create(options.WithOwnSecrets());

    /// <summary>Makes the credential; touches no network.</summary>
    /// <exception cref="TokenException">What the caller said cannot be used.</exception>
    public static Credential Create(CredentialOptions options)
    {
        if (options.TenantId is { } tenant)
            CheckTenant(tenant);

        string? empty = options.ClientId is { Length: 0 } ? "client id"
            : IsEmpty(options.ClientSecret) ? "client secret"
            : IsEmpty(options.UserAssertion) ? "user assertion"
            : IsEmpty(options.FederatedToken) ? "federated token"
            : IsEmpty(options.SystemAccessToken) ? "system access token"
            : null;
        if (empty is not null)
            throw new TokenException(
                TokenError.InvalidCredential,
                $"The {empty} is empty.",
                "Check the variable that it was taken from.");

        return Known[options.Name](options);
    }

    /// <exception cref="TokenException">It cannot be a tenant; it becomes a part of an address.</exception>
    public static void CheckTenant(string tenant)
    {
        if (tenant.Length == 0 || !IsLetterOrDigit(tenant[0])
            || !tenant.All(letter => IsLetterOrDigit(letter) || letter is '.' or '-'))
            throw new TokenException(
                TokenError.InvalidTenant,
                $"'{tenant}' is not a tenant.",
                "Give the tenant's id (a GUID) or one of its domain names, such as contoso.onmicrosoft.com.");
    }

    private static bool IsEmpty(SecureString? secret) => secret is not null && Secret.IsEmpty(secret);

    private static bool IsLetterOrDigit(char letter) =>
        letter is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= '0' and <= '9');
}
