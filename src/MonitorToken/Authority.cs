namespace MonitorToken;

/// <summary>The authority that issues tokens: the authority host of a cloud, or a private one.</summary>
internal sealed class Authority
{
    /// <summary>
    /// Hosts of Entra in clouds that <see cref="AzureEnvironment"/> does not have, from MSAL's KnownMetadataProvider.
    /// </summary>
    private static readonly string[] OtherHosts = ["login.microsoftonline.de", "login-us.microsoftonline.com"];

    /// <summary>Entra External ID gives each tenant its own host with this suffix.</summary>
    private const string ExternalIdSuffix = ".ciamlogin.com";

    private Authority(Uri host, AzureEnvironment? environment) => (Host, Environment) = (host, environment);

    /// <summary>The authority of a cloud, at its preferred authority host.</summary>
    internal Authority(AzureEnvironment environment)
        : this(new Uri("https://" + environment.LoginHosts[0]), environment)
    {
    }

    public Uri Host { get; }

    /// <summary>The cloud that the host belongs to; null for a private authority.</summary>
    public AzureEnvironment? Environment { get; }

    /// <summary>
    /// Whether the host is a known authority host of Microsoft Entra, or one that the Resource Manager of its cloud,
    /// which the caller named, vouches for.
    /// </summary>
    public bool IsEntra =>
        Environment is not null
        || (Host.IsDefaultPort
            && (OtherHosts.Contains(Host.Host) || Host.Host.EndsWith(ExternalIdSuffix, StringComparison.Ordinal)));

    public static Authority For(AzureEnvironment environment) => environment.Authority;

    /// <param name="host">An https URI without a path.</param>
    /// <exception cref="TokenException"><paramref name="host"/> isn't such a URI.</exception>
    public static Authority For(Uri host)
    {
        if (!host.IsAbsoluteUri || host.Scheme != Uri.UriSchemeHttps
            || host.PathAndQuery.Length > 1 || host.Fragment.Length > 0 || host.UserInfo.Length > 0)
            throw new TokenException(
                TokenError.InvalidAuthority,
                $"The authority host '{host.OriginalString}' isn't an https URI without a path.",
                "Specify only the scheme and host, such as https://login.microsoftonline.com. "
                    + "Specify the tenant with -TenantId.");

        AzureEnvironment? cloud = host.IsDefaultPort
            ? AzureEnvironment.Known.FirstOrDefault(known => Owns(known, host.Host))
            : null;
        return cloud is not null && host.Host == cloud.LoginHosts[0] ? cloud.Authority : new Authority(host, cloud);
    }

    /// <summary>
    /// Whether a URI belongs to this authority: its own host, one of the cloud's aliases, or a regional host.
    /// </summary>
    public bool Owns(Uri address) =>
        address.Port == Host.Port
        && (string.Equals(address.Host, Host.Host, StringComparison.OrdinalIgnoreCase)
            || (Environment is not null && Owns(Environment, address.Host))
            || IsRegionOf(Host.Host, address.Host));

    private static bool Owns(AzureEnvironment cloud, string host) =>
        cloud.LoginHosts.Contains(host, StringComparer.OrdinalIgnoreCase) || IsRegionOf(cloud.RegionalLoginHost, host);

    /// <summary>
    /// Whether a host is a region and a dot in front of another. The name of a region has only letters and digits.
    /// </summary>
    private static bool IsRegionOf(string host, string regional) =>
        regional.Length > host.Length + 1
        && regional.EndsWith("." + host, StringComparison.OrdinalIgnoreCase)
        && regional.Take(regional.Length - host.Length - 1)
            .All(letter => letter is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9'));

    /// <summary>Compares the URIs exactly as they were specified, and the clouds.</summary>
    public override bool Equals(object? obj) =>
        obj is Authority other && other.Host.OriginalString == Host.OriginalString && other.Environment == Environment;

    public override int GetHashCode() => Host.OriginalString.GetHashCode();

    /// <summary>
    /// The authority that AZURE_AUTHORITY_HOST, a variable of Azure.Identity, names; the public cloud if it is not set.
    /// </summary>
    /// <exception cref="TokenException">The variable isn't set to an absolute https URI.</exception>
    public static Authority FromProcess()
    {
        string? host = System.Environment.GetEnvironmentVariable(EnvironmentVariable.AuthorityHost);
        if (string.IsNullOrWhiteSpace(host))
            return For(AzureEnvironment.AzureCloud);

        // Azure.Identity ignores a tenant after the host, too.
        return Uri.TryCreate(host, UriKind.Absolute, out Uri? uri)
            ? For(Uri.TryCreate(uri.GetLeftPart(UriPartial.Authority), UriKind.Absolute, out Uri? bare) ? bare : uri)
            : throw new TokenException(
                TokenError.InvalidAuthority,
                $"The environment variable AZURE_AUTHORITY_HOST is set to '{host}', "
                    + "which isn't an absolute https URI.",
                "Set it to a URI such as https://login.microsoftonline.com, or remove it.");
    }
}
