namespace MonitorToken.Proofs.Fuzz;

/// <summary>
/// Which addresses lead to which resource, from the contract's tables and by rules of its own: nothing here is taken
/// from the module. What RFC 3986 does not allow in an authority, no table grants.
/// </summary>
internal static class Grants
{
    /// <summary>Hosts that are named to the letter.</summary>
    public static readonly (string Host, string Audience, AzureEnvironment Cloud)[] Hosts =
    [
        ("management.azure.com", "https://management.azure.com", AzureEnvironment.AzureCloud),
        ("management.usgovcloudapi.net", "https://management.usgovcloudapi.net", AzureEnvironment.AzureUSGovernment),
        ("management.chinacloudapi.cn", "https://management.chinacloudapi.cn", AzureEnvironment.AzureChinaCloud),
        ("api.loganalytics.io", "https://api.loganalytics.io", AzureEnvironment.AzureCloud),
        ("api.loganalytics.azure.com", "https://api.loganalytics.io", AzureEnvironment.AzureCloud),
        ("api.loganalytics.us", "https://api.loganalytics.us", AzureEnvironment.AzureUSGovernment),
        ("api.loganalytics.azure.cn", "https://api.loganalytics.azure.cn", AzureEnvironment.AzureChinaCloud),
        ("monitoring.azure.com", "https://monitoring.azure.com/", AzureEnvironment.AzureCloud),
        ("monitor.azure.com", "https://monitor.azure.com/", AzureEnvironment.AzureCloud),
        ("monitor.azure.us", "https://monitor.azure.us/", AzureEnvironment.AzureUSGovernment),
        ("monitor.azure.cn", "https://monitor.azure.cn/", AzureEnvironment.AzureChinaCloud),
        ("metrics.monitor.azure.com", "https://metrics.monitor.azure.com", AzureEnvironment.AzureCloud),
        ("metrics.monitor.azure.us", "https://metrics.monitor.azure.us", AzureEnvironment.AzureUSGovernment),
        ("metrics.monitor.azure.cn", "https://metrics.monitor.azure.cn", AzureEnvironment.AzureChinaCloud),
        ("api.applicationinsights.io", "https://api.applicationinsights.io", AzureEnvironment.AzureCloud),
        ("api.applicationinsights.us", "https://api.applicationinsights.us", AzureEnvironment.AzureUSGovernment),
        (
            "api.applicationinsights.azure.cn",
            "https://api.applicationinsights.azure.cn",
            AzureEnvironment.AzureChinaCloud),
        ("prometheus.monitor.azure.com", "https://prometheus.monitor.azure.com", AzureEnvironment.AzureCloud),
        ("prometheus.monitor.azure.us", "https://prometheus.monitor.azure.us", AzureEnvironment.AzureUSGovernment),
        ("prometheus.monitor.azure.cn", "https://prometheus.monitor.azure.cn", AzureEnvironment.AzureChinaCloud),
        ("api1.applicationinsights.io", "https://api.applicationinsights.io", AzureEnvironment.AzureCloud),
        ("api2.applicationinsights.io", "https://api.applicationinsights.io", AzureEnvironment.AzureCloud),
        ("api3.applicationinsights.io", "https://api.applicationinsights.io", AzureEnvironment.AzureCloud),
        ("api4.applicationinsights.io", "https://api.applicationinsights.io", AzureEnvironment.AzureCloud),
        ("api5.applicationinsights.io", "https://api.applicationinsights.io", AzureEnvironment.AzureCloud),
        ("api.applicationinsights.azure.com", "https://api.applicationinsights.io", AzureEnvironment.AzureCloud),
        ("dc.applicationinsights.azure.com", "https://monitor.azure.com/", AzureEnvironment.AzureCloud),
        ("dc.applicationinsights.microsoft.com", "https://monitor.azure.com/", AzureEnvironment.AzureCloud),
        ("dc.services.visualstudio.com", "https://monitor.azure.com/", AzureEnvironment.AzureCloud),
        ("live.applicationinsights.azure.com", "https://monitor.azure.com/", AzureEnvironment.AzureCloud),
        ("rt.applicationinsights.microsoft.com", "https://monitor.azure.com/", AzureEnvironment.AzureCloud),
        ("rt.services.visualstudio.com", "https://monitor.azure.com/", AzureEnvironment.AzureCloud),
        ("dc.applicationinsights.us", "https://monitor.azure.us/", AzureEnvironment.AzureUSGovernment),
        ("dc.applicationinsights.azure.cn", "https://monitor.azure.cn/", AzureEnvironment.AzureChinaCloud),
        ("management.sovcloud-api.fr", "https://management.sovcloud-api.fr", AzureEnvironment.AzureBleuCloud),
        ("monitor.sovcloud-api.fr", "https://monitor.sovcloud-api.fr/", AzureEnvironment.AzureBleuCloud),
        ("management.sovcloud-api.de", "https://management.sovcloud-api.de", AzureEnvironment.AzureGermanyCloud),
        ("monitor.sovcloud-api.de", "https://monitor.sovcloud-api.de/", AzureEnvironment.AzureGermanyCloud),
        ("management.azure.eaglex.ic.gov", "https://management.azure.eaglex.ic.gov", AzureEnvironment.USNat),
        (
            "api.loganalytics.azure.eaglex.ic.gov",
            "https://api.loganalytics.azure.eaglex.ic.gov",
            AzureEnvironment.USNat),
        ("monitor.azure.eaglex.ic.gov", "https://monitor.azure.eaglex.ic.gov/", AzureEnvironment.USNat),
        ("management.azure.microsoft.scloud", "https://management.azure.microsoft.scloud", AzureEnvironment.USSec),
        ("monitor.azure.microsoft.scloud", "https://monitor.azure.microsoft.scloud/", AzureEnvironment.USSec),
    ];

    /// <summary>Domains whose hosts are all granted, each with its dot.</summary>
    public static readonly (string Domain, string Audience, AzureEnvironment Cloud)[] Domains =
    [
        (".monitoring.azure.com", "https://monitoring.azure.com/", AzureEnvironment.AzureCloud),
        (".ingest.monitor.azure.com", "https://monitor.azure.com/", AzureEnvironment.AzureCloud),
        (".ingest.monitor.azure.us", "https://monitor.azure.us/", AzureEnvironment.AzureUSGovernment),
        (".ingest.monitor.azure.cn", "https://monitor.azure.cn/", AzureEnvironment.AzureChinaCloud),
        (".metrics.monitor.azure.com", "https://metrics.monitor.azure.com", AzureEnvironment.AzureCloud),
        (".metrics.monitor.azure.us", "https://metrics.monitor.azure.us", AzureEnvironment.AzureUSGovernment),
        (".metrics.monitor.azure.cn", "https://metrics.monitor.azure.cn", AzureEnvironment.AzureChinaCloud),
        (".prometheus.monitor.azure.com", "https://prometheus.monitor.azure.com", AzureEnvironment.AzureCloud),
        (".prometheus.monitor.azure.us", "https://prometheus.monitor.azure.us", AzureEnvironment.AzureUSGovernment),
        (".prometheus.monitor.azure.cn", "https://prometheus.monitor.azure.cn", AzureEnvironment.AzureChinaCloud),
        (".api.loganalytics.io", "https://api.loganalytics.io", AzureEnvironment.AzureCloud),
        (".api.applicationinsights.azure.com", "https://api.applicationinsights.io", AzureEnvironment.AzureCloud),
        (".in.applicationinsights.azure.com", "https://monitor.azure.com/", AzureEnvironment.AzureCloud),
        (".livediagnostics.monitor.azure.com", "https://monitor.azure.com/", AzureEnvironment.AzureCloud),
        (".in.applicationinsights.azure.us", "https://monitor.azure.us/", AzureEnvironment.AzureUSGovernment),
        (".livediagnostics.monitor.azure.us", "https://monitor.azure.us/", AzureEnvironment.AzureUSGovernment),
        (".in.applicationinsights.azure.cn", "https://monitor.azure.cn/", AzureEnvironment.AzureChinaCloud),
        (".livediagnostics.monitor.azure.cn", "https://monitor.azure.cn/", AzureEnvironment.AzureChinaCloud),
        (".grafana.azure.com", "ce34e7e5-485f-4d76-964f-b3d2b16d1e4f", AzureEnvironment.AzureCloud),
    ];

    private const string AllowedInAuthority =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()*+,;=:@[]";

    /// <summary>What an address leads to; null where it leads to nothing.</summary>
    public static (string Audience, AzureEnvironment Cloud)? Of(string address) =>
        HostOf(address) is { } host ? OfHost(host) : null;

    /// <summary>What a host belongs to; null for a stranger's.</summary>
    public static (string Audience, AzureEnvironment Cloud)? OfHost(string host)
    {
        host = Lower(host);
        foreach ((string name, string audience, AzureEnvironment cloud) in Hosts)
        {
            if (string.Equals(name, host, StringComparison.Ordinal))
                return (audience, cloud);
        }

        foreach ((string domain, string audience, AzureEnvironment cloud) in Domains)
        {
            int start = host.Length - domain.Length;
            if (start > 0 && host.AsSpan(start).Equals(domain, StringComparison.Ordinal))
                return (audience, cloud);
        }

        return null;
    }

    /// <summary>The host of an https address, as RFC 3986 has it (3.2); null where there is none.</summary>
    private static string? HostOf(string address)
    {
        // White space around an address delimits it (appendix C).
        address = address.Trim(' ', '\t', '\r', '\n');
        if (!Lower(address).StartsWith("https://", StringComparison.Ordinal))
            return null;

        string rest = address["https://".Length..];
        int end = rest.AsSpan().IndexOfAny('/', '?', '#');
        string authority = end < 0 ? rest : rest[..end];
        foreach (char letter in authority)
        {
            if (AllowedInAuthority.IndexOf(letter, StringComparison.Ordinal) < 0)
                return null;
        }

        string[] parts = authority.Split('@');
        if (parts.Length > 2)
            return null;

        string[] hostAndPort = parts[^1].Split(':');
        bool hasOddPort = hostAndPort.Length > 2
            || (hostAndPort.Length == 2 && hostAndPort[1].Any(digit => digit is < '0' or > '9'));
        return hasOddPort || hostAndPort[0].Split('.').Any(label => label.Length == 0) ? null : hostAndPort[0];
    }

    /// <summary>ASCII alone has a case in host names.</summary>
    private static string Lower(string text) =>
        string.Concat(text.Select(letter => letter is >= 'A' and <= 'Z' ? (char)(letter + 32) : letter));
}
