namespace MonitorToken;

/// <summary>Where tokens are asked for: the login host of a cloud, or a private one.</summary>
internal sealed class Authority
{
    /// <summary>
    /// Entra's names for each cloud's login host, the first of which is asked, and what stands behind the name of a region
    /// in that of a regional one. In the order of <see cref="AzureEnvironment"/>. From Entra's answer to instance discovery
    /// and MSAL's KnownMetadataProvider and RegionAndMtlsDiscoveryProvider.
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
    /// Entra's too, of clouds that have no name here: MSAL's KnownMetadataProvider. Entra External ID gives each tenant a
    /// host of its own.
    /// </summary>
    private static readonly string[] OtherHosts =
    [
        "login.microsoftonline.de", "login-us.microsoftonline.com",
        "login.sovcloud-identity.fr", "login.sovcloud-identity.de", "login.sovcloud-identity.sg",
    ];

    private const string ExternalId = ".ciamlogin.com";

    private static readonly Authority[] Known =
        [.. Clouds.Select(cloud => new Authority(new Uri("https://" + cloud.Hosts[0]), cloud))];

    private readonly Cloud? _cloud;

    private Authority(Uri host, Cloud? cloud) => (Host, _cloud) = (host, cloud);

    public Uri Host { get; }

    /// <summary>The cloud that the host belongs to; null for a private one.</summary>
    public AzureEnvironment? Environment => _cloud?.Environment;

    /// <summary>Whether it is on the list of Entra's own hosts.</summary>
    public bool IsEntra =>
        _cloud is not null
        || (Host.IsDefaultPort
            && (OtherHosts.Contains(Host.Host) || Host.Host.EndsWith(ExternalId, StringComparison.Ordinal)));

    public static Authority For(AzureEnvironment environment) => Known[(int)environment];

    /// <param name="host">Its https address, without a path.</param>
    /// <exception cref="TokenException">It is no such address.</exception>
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
    /// Whether an address is at this authority: its own host, Entra's other names for it, and the hosts of its regions.
    /// </summary>
    public bool Owns(Uri address) =>
        address.Port == Host.Port
        && (string.Equals(address.Host, Host.Host, StringComparison.OrdinalIgnoreCase)
            || _cloud?.Owns(address.Host) == true
            || IsRegionOf(Host.Host, address.Host));

    /// <summary>A region's name has letters and digits alone.</summary>
    private static bool IsRegionOf(string host, string regional) =>
        regional.Length > host.Length + 1
        && regional.EndsWith("." + host, StringComparison.OrdinalIgnoreCase)
        && regional.Take(regional.Length - host.Length - 1)
            .All(letter => letter is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9'));

    /// <summary>To the letter.</summary>
    public override bool Equals(object? obj) =>
        obj is Authority other && other.Host.OriginalString == Host.OriginalString;

    public override int GetHashCode() => Host.OriginalString.GetHashCode();

    /// <summary>
    /// What Azure.Identity's own variable AZURE_AUTHORITY_HOST asks for; the public cloud without it.
    /// </summary>
    public static Authority FromProcess()
    {
        string? host = System.Environment.GetEnvironmentVariable(EnvironmentVariable.AuthorityHost);
        if (string.IsNullOrWhiteSpace(host))
            return For(AzureEnvironment.AzureCloud);

        // A tenant behind the host is left out, as Azure.Identity does.
        return Uri.TryCreate(host, UriKind.Absolute, out Uri? uri)
            ? For(Uri.TryCreate(uri.GetLeftPart(UriPartial.Authority), UriKind.Absolute, out Uri? bare) ? bare : uri)
            : throw new TokenException(
                TokenError.InvalidAuthority,
                $"The environment variable AZURE_AUTHORITY_HOST holds '{host}', "
                    + "which is not an absolute https address.",
                "Set it to an address such as https://login.microsoftonline.com, or remove it.");
    }

    /// <param name="Environment">Its name.</param>
    /// <param name="Hosts">Its login host, and Entra's other names for that.</param>
    /// <param name="RegionalHost">What follows the region and a dot in the name of a regional host.</param>
    private sealed record Cloud(AzureEnvironment Environment, string[] Hosts, string RegionalHost)
    {
        public bool Owns(string host) =>
            Hosts.Contains(host, StringComparer.OrdinalIgnoreCase) || IsRegionOf(RegionalHost, host);
    }
}
