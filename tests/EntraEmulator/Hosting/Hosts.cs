namespace MonitorToken.EntraEmulator;

/// <summary>The one table of the hosts that the emulator stands in for.</summary>
internal static class Hosts
{
    /// <summary>
    /// Entra's own names, all that instance discovery lists for a cloud that still exists; and that of a cloud of which
    /// instance discovery does not know.
    /// </summary>
    public static readonly Dictionary<string, Cloud> Login = new(StringComparer.OrdinalIgnoreCase)
    {
        ["login.microsoftonline.com"] = Cloud.Public,
        ["login.microsoft.com"] = Cloud.Public,
        ["login.windows.net"] = Cloud.Public,
        ["sts.windows.net"] = Cloud.Public,
        ["login.microsoftonline.us"] = Cloud.UsGovernment,
        ["login.usgovcloudapi.net"] = Cloud.UsGovernment,
        ["login.chinacloudapi.cn"] = Cloud.China,
        ["login.partner.microsoftonline.cn"] = Cloud.China,
        ["login.sovcloud-identity.fr"] = Cloud.Sovereign,
        ["login.sovcloud-identity.de"] = Cloud.Sovereign,
        ["login.sovcloud-identity.sg"] = Cloud.Sovereign,
        ["login.microsoftonline.eaglex.ic.gov"] = Cloud.Sovereign,
        ["login.microsoftonline.microsoft.scloud"] = Cloud.Sovereign,
        ["login.fabrikam.example"] = Cloud.Fabrikam,
    };

    // Under these each region has a host of its own. In the public cloud it is this one alone; elsewhere MSAL puts the
    // region before the authority's name or before the preferred one, whatever the authority is called.
    private static readonly string[] RegionalLogin =
        ["login.microsoft.com", .. Login.Where(host => host.Value != Cloud.Public).Select(host => host.Key)];

    public static readonly Dictionary<string, Cloud> ResourceManager = new(StringComparer.OrdinalIgnoreCase)
    {
        ["management.azure.com"] = Cloud.Public,
        ["management.usgovcloudapi.net"] = Cloud.UsGovernment,
        ["management.chinacloudapi.cn"] = Cloud.China,
        ["management.fabrikam.example"] = Cloud.Fabrikam,
    };

    public static readonly Dictionary<string, Cloud> LogAnalytics = new(StringComparer.OrdinalIgnoreCase)
    {
        ["api.loganalytics.io"] = Cloud.Public,
        ["api.loganalytics.azure.com"] = Cloud.Public,
        ["api.loganalytics.us"] = Cloud.UsGovernment,
        ["api.loganalytics.azure.cn"] = Cloud.China,
        ["api.loganalytics.fabrikam.example"] = Cloud.Fabrikam,
    };

    /// <summary>The domains under which Azure Monitor has an endpoint for each region, rule and workspace.</summary>
    public static readonly string[] Monitor = ["monitor.azure.com", "monitor.azure.us", "monitor.azure.cn"];

    /// <summary>The domain under which each workspace of Azure Managed Grafana has its host.</summary>
    public const string Grafana = "grafana.azure.com";

    public static readonly string[] Loopback = ["localhost", "127.0.0.1"];

    /// <summary>Where every virtual machine of Azure finds its metadata service.</summary>
    public const string Metadata = "169.254.169.254";

    /// <summary>What all of the service's paths begin with.</summary>
    public const string MetadataPath = "/metadata/";

    /// <summary>
    /// The authority, under its own names, in its regions, and under loopback, where no proxy is needed.
    /// </summary>
    public static readonly string[] LoginAndLoopback =
        [.. Login.Keys, .. RegionalLogin.Select(host => $"*.{host}"), .. Loopback];

    // The hosts of Azure that are no authority, and the domains of such hosts.
    private static readonly string[] Api =
    [
        .. ResourceManager.Keys,
        .. LogAnalytics.Keys,
        "management.core.windows.net", "management.core.usgovcloudapi.net", "management.core.chinacloudapi.cn",
        "monitoring.azure.com",
        .. Monitor,
        "sovcloud-api.fr", "sovcloud-api.de", "azure.eaglex.ic.gov", "azure.microsoft.scloud", "fabrikam.example",
        Grafana,
        "applicationinsights.io", "applicationinsights.us",
        "applicationinsights.azure.com", "applicationinsights.azure.us", "applicationinsights.azure.cn",
        "dc.services.visualstudio.com", "rt.services.visualstudio.com",
        "graph.microsoft.com", "graph.microsoft.us", "microsoftgraph.chinacloudapi.cn", "graph.windows.net",
    ];


    /// <summary>The cloud of a host of Entra's, be it that of a region; null for any other host.</summary>
    public static Cloud? CloudOfLogin(string host)
    {
        if (Login.TryGetValue(host, out Cloud cloud))
            return cloud;
        return host.Split('.', 2) is [{ Length: > 0 }, var global]
            && RegionalLogin.Contains(global, StringComparer.OrdinalIgnoreCase)
            ? Login[global]
            : null;
    }

    /// <summary>Whether the proxy lets a client through to the emulator for this host.</summary>
    public static bool AreEmulated(string host) => IsUnder(host, Login.Keys) || AreApi(host);

    /// <summary>Whether it is a host of Azure that is no authority.</summary>
    public static bool AreApi(string host) => IsUnder(host, Api);

    private static bool IsUnder(string host, IEnumerable<string> domains) => domains.Any(
        domain => host.Equals(domain, StringComparison.OrdinalIgnoreCase)
            || host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase));
}
