using System.Security;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// All kinds of credentials. A new one is a file in this folder and a row here: the commands, the default chain, tab
/// completion and errors use this table.
/// </summary>
internal static class CredentialCatalog
{
    /// <summary>The members of the default chain are in the order of DefaultAzureCredential.</summary>
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
        new("Silent", options => new SilentCredential(options)) { IsForPeople = true },
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

    /// <summary>Returns the row with a name.</summary>
    public static CredentialDescriptor Find(string name) => ByName[name];

    /// <summary>Creates a credential with its own copies of the secrets.</summary>
    /// <exception cref="TokenException">The options are not valid.</exception>
    public static Credential CreateOwn(CredentialOptions options) => Create(options.WithOwnSecrets());

    /// <summary>Creates a credential. Opens no file and does not access the network.</summary>
    /// <exception cref="TokenException">The options are not valid.</exception>
    public static Credential Create(CredentialOptions options)
    {
        if (options.TenantId is { } tenant)
            CheckTenant(tenant);

        string? empty = options.ClientId is { Length: 0 } ? "client ID"
            : IsEmpty(options.ClientSecret) ? "client secret"
            : IsEmpty(options.UserAssertion) ? "user assertion"
            : IsEmpty(options.FederatedToken) ? "federated token"
            : IsEmpty(options.SystemAccessToken) ? "system access token"
            : null;
        if (empty is not null)
            throw new TokenException(
                TokenError.InvalidCredential,
                $"The {empty} is empty.",
                "Check the variable that it came from.");

        CheckEnds("client ID", options.ClientId);
        CheckEnds("client secret", options.ClientSecret);
        CheckEnds("user assertion", options.UserAssertion);
        CheckEnds("federated token", options.FederatedToken);
        CheckEnds("system access token", options.SystemAccessToken);
        return Find(options.Name).Create(options);
    }

    /// <summary>Rejects a value that Entra would reject with a message that does not name the cause.</summary>
    /// <exception cref="TokenException">The value begins or ends with white space.</exception>
    public static void CheckEnds(string what, string? value)
    {
        if (value is not null && value.Trim().Length < value.Length)
            throw new TokenException(
                TokenError.InvalidCredential,
                $"The {what} starts or ends with white space, such as a line break.",
                "Remove it, such as with .Trim(). Get-Content -Raw includes the line break at the end of a file.");
    }

    /// <summary>Validates a tenant, which becomes a part of a URI.</summary>
    /// <exception cref="TokenException">It is neither a tenant id nor a domain name.</exception>
    public static void CheckTenant(string tenant)
    {
        if (tenant.Length == 0 || !IsLetterOrDigit(tenant[0])
            || !tenant.All(letter => IsLetterOrDigit(letter) || letter is '.' or '-'))
            throw new TokenException(
                TokenError.InvalidTenant,
                tenant.Trim().Length < tenant.Length
                    ? $"The tenant '{tenant.Trim()}' starts or ends with white space, such as a line break."
                    : $"'{tenant}' isn't a tenant.",
                "Specify the tenant's ID (a GUID) or one of its domain names, such as contoso.onmicrosoft.com.");
    }

    private static void CheckEnds(string what, SecureString? secret)
    {
        if (secret is not null)
            CheckEnds(what, Secret.PlainText(secret));
    }

    private static bool IsEmpty(SecureString? secret) => secret is not null && Secret.IsEmpty(secret);

    private static bool IsLetterOrDigit(char letter) =>
        letter is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= '0' and <= '9');
}
