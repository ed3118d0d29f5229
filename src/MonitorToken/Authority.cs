namespace MonitorToken;

/// <summary>The authority that issues tokens: the login host of a cloud, or a private one.</summary>
internal sealed class Authority
{
    /// <summary>
    /// The login hosts of each cloud, the preferred one first, and the suffix of its regional hosts. In the order of
    /// <see cref="AzureEnvironment"/>, which indexes <see cref="Known"/>. From Entra's instance discovery response and
    /// MSAL's KnownMetadataProvider and RegionAndMtlsDiscoveryProvider.
    /// </summary>
    private static readonly Cloud[] Clouds =
    [
        new(
            AzureEnvironment.AzureCloud,
            ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
            "login.microsoft.com"),
        new(
            AzureEnvironment.AzureUSGovernment,
            ["login.microsoftonline.us", "login.usgovcloudapi.net"],
            "login.microsoftonline.us"),
        new(
            AzureEnvironment.AzureChinaCloud,
            ["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
            "login.partner.microsoftonline.cn"),
    ];

    /// <summary>
    /// Hosts of Entra in clouds that <see cref="AzureEnvironment"/> does not name, from MSAL's KnownMetadataProvider.
    /// </summary>
    private static readonly string[] OtherHosts =
    [
        "login.microsoftonline.de", "login-us.microsoftonline.com",
        "login.sovcloud-identity.fr", "login.sovcloud-identity.de", "login.sovcloud-identity.sg",
    ];

    /// <summary>Entra External ID gives each tenant its own host with this suffix.</summary>
    private const string ExternalIdSuffix = ".ciamlogin.com";

    private static readonly Authority[] Known =
        [.. Clouds.Select(cloud => new Authority(new Uri("https://" + cloud.Hosts[0]), cloud))];

    private readonly Cloud? _cloud;

    private Authority(Uri host, Cloud? cloud) => (Host, _cloud) = (host, cloud);

    public Uri Host { get; }

    /// <summary>The cloud that the host belongs to; null for a private authority.</summary>
    public AzureEnvironment? Environment => _cloud?.Environment;

    /// <summary>Whether the host is a known login host of Microsoft Entra.</summary>
    public bool IsEntra =>
        _cloud is not null
        || (Host.IsDefaultPort
            && (OtherHosts.Contains(Host.Host) || Host.Host.EndsWith(ExternalIdSuffix, StringComparison.Ordinal)));

    public static Authority For(AzureEnvironment environment) => Known[(int)environment];

    /// <param name="host">An https address without a path.</param>
    /// <exception cref="TokenException"><paramref name="host"/> is not such an address.</exception>
    public static Authority For(Uri host)
    {
        if (!host.IsAbsoluteUri || host.Scheme != Uri.UriSchemeHttps
            || host.PathAndQuery.Length > 1 || host.Fragment.Length > 0 || host.UserInfo.Length > 0)
            throw new TokenException(
                TokenError.InvalidAuthority,
                $"The authority host '{host.OriginalString}' is not an https address without a path.",
                "Specify the scheme and host alone, such as https://login.microsoftonline.com; "
                    + "the tenant goes into -TenantId.");

        return Array.Find(Known, known => known.Host.Host == host.Host && known.Host.Port == host.Port)
            ?? new Authority(
                host, host.IsDefaultPort ? Array.Find(Clouds, cloud => cloud.Owns(host.Host)) : null);
    }

    /// <summary>
    /// Whether an address belongs to this authority: its own host, one of the cloud's aliases, or a regional host.
    /// </summary>
    public bool Owns(Uri address) =>
        address.Port == Host.Port
        && (string.Equals(address.Host, Host.Host, StringComparison.OrdinalIgnoreCase)
            || _cloud?.Owns(address.Host) == true
            || IsRegionOf(Host.Host, address.Host));

    /// <summary>
    /// Whether a host is a region and a dot in front of another. The name of a region has only letters and digits.
    /// </summary>
    private static bool IsRegionOf(string host, string regional) =>
        regional.Length > host.Length + 1
        && regional.EndsWith("." + host, StringComparison.OrdinalIgnoreCase)
        && regional.Take(regional.Length - host.Length - 1)
            .All(letter => letter is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9'));

    /// <summary>Compares the addresses exactly as they were given.</summary>
    public override bool Equals(object? obj) =>
        obj is Authority other && other.Host.OriginalString == Host.OriginalString;

    public override int GetHashCode() => Host.OriginalString.GetHashCode();

    /// <summary>
    /// The authority that AZURE_AUTHORITY_HOST, a variable of Azure.Identity, names; the public cloud if it is not set.
    /// </summary>
    /// <exception cref="TokenException">The variable does not hold an absolute https address.</exception>
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
                $"The environment variable AZURE_AUTHORITY_HOST holds '{host}', "
                    + "which is not an absolute https address.",
                "Set it to an address such as https://login.microsoftonline.com, or remove it.");
    }

    /// <param name="Environment">The cloud.</param>
    /// <param name="Hosts">The login host, followed by its aliases.</param>
    /// <param name="RegionalHost">The suffix of a regional host, which follows the region and a dot.</param>
    private sealed record Cloud(AzureEnvironment Environment, string[] Hosts, string RegionalHost)
    {
        public bool Owns(string host) =>
            Hosts.Contains(host, StringComparer.OrdinalIgnoreCase) || IsRegionOf(RegionalHost, host);
    }
}
