using System.Security;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// The ways of signing in. A new one is a file in this folder and a row here: commands, the default chain, completion
/// and errors read this table.
/// </summary>
internal static class CredentialCatalog
{
    /// <summary>Those of the default chain are in its order, which is DefaultAzureCredential's.</summary>
    public static readonly IReadOnlyList<CredentialDescriptor> All =
    [
        new("Default", options => new DefaultCredential(options)),
        new("Chain", options => new ChainedCredential(
            options, [.. options.Chain!.Select(member => new ChainMember(member))])),
        new("Environment", options => new EnvironmentCredential(options)) { Place = new(IsForProduction: true, 30) },
        new("WorkloadIdentity", options => new WorkloadIdentityCredential(options))
        {
            Place = new(IsForProduction: true, 30, TakesClientId: true),
        },
        new("ManagedIdentity", options => new ManagedIdentityCredential(options))
        {
            Place = new(IsForProduction: true, 30, TakesClientId: true),
        },
        new("VisualStudio", options => new VisualStudioCredential(options))
        {
            Place = new(IsForProduction: false, 15),
            IsForPeople = true,
            LoginAdvice = "Sign in to Visual Studio under Tools > Options > Azure Service Authentication, or sign in "
                + "another way.",
        },
        new("AzureCli", options => new AzureCliCredential(options))
        {
            Place = new(IsForProduction: false, 15),
            IsForPeople = true,
            LoginAdvice = "Run az login, or sign in another way.",
        },
        new("AzurePowerShell", options => new AzurePowerShellCredential(options))
        {
            Place = new(IsForProduction: false, 15),
            IsForPeople = true,
            LoginAdvice = "Run Connect-AzAccount, or sign in another way.",
        },
        new("AzureDeveloperCli", options => new AzureDeveloperCliCredential(options))
        {
            Place = new(IsForProduction: false, 15),
            IsForPeople = true,
            LoginAdvice = "Run azd auth login, or sign in another way.",
        },
        new("Interactive", options => new InteractiveCredential(options)) { IsForPeople = true },
        new("DeviceCode", options => new DeviceCodeCredential(options)) { IsForPeople = true },
        new("OnBehalfOf", options => new OnBehalfOfCredential(options)) { IsForPeople = true },
        new("ClientSecret", options => new ClientSecretCredential(options)),
        new("Certificate", options => new ClientCertificateCredential(options)),
        new("FederatedToken", options =>
            options.FederatedCredential is null
                ? new FederatedTokenCredential(options)
                : new FederatedCredential(options)),
        new("GitHubActions", options => new GitHubActionsCredential(options)),
        new("AzurePipelines", options => new AzurePipelinesCredential(options)),
    ];

    private static readonly Dictionary<string, CredentialDescriptor> ByName =
        All.ToDictionary(row => row.Name, StringComparer.Ordinal);

    /// <summary>The row of a way of signing in.</summary>
    public static CredentialDescriptor Find(string name) => ByName[name];

    /// <summary>The same, with secrets that are the credential's own.</summary>
    /// <exception cref="TokenException">What the caller said cannot be used.</exception>
    public static Credential CreateOwn(CredentialOptions options) => Create(options.WithOwnSecrets());

    /// <summary>Makes the credential; opens no file and touches no network.</summary>
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

        return Find(options.Name).Create(options);
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
