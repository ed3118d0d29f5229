using System.Text.RegularExpressions;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.Engine;

/// <summary>The ways of signing in. A new one is a file in Credentials and a line here.</summary>
internal static class CredentialCatalog
{
    private static readonly Dictionary<string, Func<CredentialOptions, Credential>> Known = new(StringComparer.Ordinal)
    {
        ["Default"] = options => new DefaultChain(options),
        ["Environment"] = options => new EnvironmentVariables(options),
        ["ClientSecret"] = options => new ClientSecret(options),
        ["ManagedIdentity"] = options => new ManagedIdentity(options),
        ["AzureCli"] = options => new AzureCli(options),
    };

    /// <summary>Makes the credential; touches no network.</summary>
    /// <exception cref="TokenException">What the caller said cannot be used.</exception>
    public static Credential Create(CredentialOptions options)
    {
        if (options.TenantId is { } tenant && !Regex.IsMatch(tenant, "^[A-Za-z0-9.-]+$"))
            throw new TokenException(
                TokenError.InvalidTenant,
                $"'{tenant}' is not a tenant.",
                "Give the tenant's id (a GUID) or one of its domain names, such as contoso.onmicrosoft.com.");

        return Known[options.Name](options);
    }
}
