using static MonitorToken.AzureEnvironment;

namespace MonitorToken;

/// <summary>
/// The named resources of all clouds, with lookup by name, by audience and by endpoint.
/// </summary>
internal static class ResourceCatalog
{
    /// <summary>
    /// The longest name to suggest a correction for, in characters: twice the longest that exists. Bounds the time of
    /// <see cref="Distance"/>.
    /// </summary>
    private const int MaxNameLength = 40;

    /// <summary>
    /// The shortest fragment to search names for, in characters. Chosen: shorter ones occur in too many names.
    /// </summary>
    private const int MinFragmentLength = 4;

    public static MonitorResource[] All { get; } =
    [
        .. Resource("ResourceManager", ["ARM", "Management"],
            (AzureCloud, "https://management.azure.com", "https://management.azure.com", []),
            (AzureUSGovernment, "https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net", []),
            (AzureChinaCloud, "https://management.chinacloudapi.cn", "https://management.chinacloudapi.cn", [])),
        .. Resource("LogAnalytics", ["Logs", "OperationalInsights"],
            (AzureCloud, "https://api.loganalytics.io", "https://api.loganalytics.io", ["api.loganalytics.azure.com"]),
            (AzureUSGovernment, "https://api.loganalytics.us", "https://api.loganalytics.us", []),
            (AzureChinaCloud, "https://api.loganalytics.azure.cn", "https://api.loganalytics.azure.cn", [])),
        .. Resource("CustomMetrics", ["Monitoring"],
            (AzureCloud, "https://monitoring.azure.com/",
                "https://{region}.monitoring.azure.com", ["*.monitoring.azure.com"]),
            (AzureUSGovernment, null, null, []),
            (AzureChinaCloud, null, null, [])),
        .. Resource("LogsIngestion", ["Ingestion"],
            (AzureCloud, "https://monitor.azure.com/",
                "https://{endpoint}.{region}.ingest.monitor.azure.com", ["*.ingest.monitor.azure.com"]),
            (AzureUSGovernment, "https://monitor.azure.us/",
                "https://{endpoint}.{region}.ingest.monitor.azure.us", ["*.ingest.monitor.azure.us"]),
            (AzureChinaCloud, "https://monitor.azure.cn/",
                "https://{endpoint}.{region}.ingest.monitor.azure.cn", ["*.ingest.monitor.azure.cn"])),
        .. Resource("MetricsBatch", [],
            (AzureCloud, "https://metrics.monitor.azure.com",
                "https://{region}.metrics.monitor.azure.com", ["*.metrics.monitor.azure.com"]),
            (AzureUSGovernment, "https://metrics.monitor.azure.us",
                "https://{region}.metrics.monitor.azure.us", ["*.metrics.monitor.azure.us"]),
            (AzureChinaCloud, "https://metrics.monitor.azure.cn",
                "https://{region}.metrics.monitor.azure.cn", ["*.metrics.monitor.azure.cn"])),
        .. Resource("ApplicationInsights", ["AppInsights"],
            (AzureCloud, "https://api.applicationinsights.io", "https://api.applicationinsights.io", []),
            (AzureUSGovernment, "https://api.applicationinsights.us", "https://api.applicationinsights.us", []),
            (AzureChinaCloud, "https://api.applicationinsights.azure.cn",
                "https://api.applicationinsights.azure.cn", [])),
        .. Resource("Prometheus", [],
            (AzureCloud, "https://prometheus.monitor.azure.com",
                "https://{workspace}.{region}.prometheus.monitor.azure.com", ["*.prometheus.monitor.azure.com"]),
            (AzureUSGovernment, "https://prometheus.monitor.azure.us",
                "https://{workspace}.{region}.prometheus.monitor.azure.us", ["*.prometheus.monitor.azure.us"]),
            (AzureChinaCloud, "https://prometheus.monitor.azure.cn",
                "https://{workspace}.{region}.prometheus.monitor.azure.cn", ["*.prometheus.monitor.azure.cn"])),
    ];

    public static IEnumerable<MonitorResource> In(AzureEnvironment environment) =>
        All.Where(resource => resource.Environment == environment);

    /// <summary>The resource with a name or alias in a cloud. Its audience is never null.</summary>
    /// <exception cref="TokenException">The name is unknown, or the resource has no known audience there.</exception>
    public static MonitorResource ByName(string name, AzureEnvironment environment)
    {
        MonitorResource? resource = null;
        foreach (MonitorResource candidate in All)
        {
            if (candidate.Environment == environment && HasName(candidate, name))
                resource = candidate;
        }

        if (resource is null)
            throw Unknown(name, environment);

        return resource.Audience is not null
            ? resource
            : throw Invalid(
                $"No audience is known for {resource.Name} in {environment}.",
                "Give the audience itself to -Resource, as an absolute https address.");
    }

    /// <summary>The error for an unknown name; suggests similar names.</summary>
    public static TokenException Unknown(string name, AzureEnvironment environment)
    {
        string[] near = [.. NamesLike(name).Select(like => $"'{like}'")];
        string shown = Redacted(name);
        return Invalid(
            near.Length == 0
                ? $"There is no resource named '{shown}'."
                : $"There is no resource named '{shown}'. Did you mean {string.Join(" or ", near)}?",
            $"Specify one of {NamesIn(environment)}, or an absolute https address.");
    }

    /// <summary>The resource with exactly this audience; null if no named resource has it.</summary>
    public static MonitorResource? ByAudience(string audience) =>
        All.FirstOrDefault(resource => string.Equals(resource.Audience, audience, StringComparison.Ordinal));

    /// <summary>The resource, and with it the cloud, that an endpoint belongs to.</summary>
    /// <exception cref="TokenException">The address is not plain https, or its host is unknown.</exception>
    public static MonitorResource ByEndpoint(Uri endpoint)
    {
        if (!endpoint.IsAbsoluteUri || endpoint.Scheme != Uri.UriSchemeHttps)
            throw Invalid(
                $"The address '{Redacted(endpoint.OriginalString)}' is not an absolute https address.",
                "Give the full address that will be called, such as https://api.loganalytics.io/v1/workspaces/…");

        if (!HasPlainHost(endpoint.OriginalString))
            throw Invalid(
                $"The host of the address '{Redacted(endpoint.OriginalString)}' is written in a way that not all programs read alike, "
                    + "so no token is requested for it.",
                "Write it with slashes and plain letters, such as https://api.loganalytics.io/v1/workspaces/…");

        return ByHost(endpoint.Host)
            ?? throw Invalid(
                $"The host '{endpoint.Host}' belongs to no known resource, so no token is requested for it.",
                "Check the address for a typo. If it is right, give the audience itself to -Resource.");
    }

    /// <summary>
    /// Whether an address, given as an audience, is rather that of an endpoint: its host is an endpoint's, and it has a
    /// path, or no audience has that host.
    /// </summary>
    public static bool IsEndpoint(Uri address)
    {
        string host = PunycodeHost(address);
        return ByHost(host) is { } resource
            && (address.AbsolutePath.Trim('/').Length > 0
                || address.Query.Length + address.Fragment.Length > 0
                || !string.Equals(new Uri(resource.Audience!).Host, host, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The host as it is called, without the letters that IDN ignores.</summary>
    private static string PunycodeHost(Uri address)
    {
        try
        {
            return address.IdnHost;
        }
        catch (UriFormatException)
        {
            return address.Host;
        }
    }

    private static MonitorResource? ByHost(string host) =>
        All.FirstOrDefault(resource => resource.Hosts.Any(pattern => Matches(host, pattern)));

    /// <summary>The address without user info, query and fragment, which may contain a key.</summary>
    public static string Redacted(string address)
    {
        string text = address.Split('?', '#')[0];
        return text.Substring(text.LastIndexOf('@') + 1);
    }

    public static string NamesIn(AzureEnvironment environment) =>
        string.Join(
            ", ",
            In(environment).Where(resource => resource.Audience is not null).Select(resource => resource.Name));

    private static IEnumerable<MonitorResource> Resource(
        string name,
        string[] aliases,
        params (AzureEnvironment Environment, string? Audience, string? Endpoint, string[] Hosts)[] clouds)
    {
        foreach ((AzureEnvironment environment, string? audience, string? endpoint, string[] hosts) in clouds)
        {
            string[] allHosts = audience is null ? hosts : [new Uri(audience).Host, .. hosts];
            yield return new MonitorResource(name, aliases, environment, audience, endpoint, allHosts);
        }
    }

    /// <summary>Uses no LINQ, because every call of Get-MonitorToken that names a resource comes here.</summary>
    private static bool HasName(MonitorResource resource, string name)
    {
        bool matches = string.Equals(resource.Name, name, StringComparison.OrdinalIgnoreCase);
        foreach (string alias in resource.Aliases)
            matches |= string.Equals(alias, name, StringComparison.OrdinalIgnoreCase);
        return matches;
    }

    private static IEnumerable<string> NamesOf(MonitorResource resource) => resource.Aliases.Prepend(resource.Name);

    /// <summary>
    /// Whether the host is written as RFC 3986 requires. .NET normalizes backslashes, full-width letters and the like,
    /// but other programs may take such an address for another host.
    /// </summary>
    private static bool HasPlainHost(string address)
    {
        const string Scheme = "https://";
        string text = address.Trim(' ', '\t', '\r', '\n');
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return false;

        string authority = text.Substring(Scheme.Length).Split('/', '?', '#')[0];
        return authority.Length > 0
            && authority.All(letter => letter is > ' ' and <= '~' && "\"<>\\^`{|}".IndexOf(letter) < 0);
    }

    private static bool Matches(string host, string pattern) =>
        pattern.StartsWith("*.", StringComparison.Ordinal)
            ? host.Length > pattern.Length - 1
                && host.EndsWith(pattern.Substring(1), StringComparison.OrdinalIgnoreCase)
            : string.Equals(host, pattern, StringComparison.OrdinalIgnoreCase);

    /// <summary>Suggestions for an unknown name: the nearest name, else the names that contain it.</summary>
    private static IEnumerable<string> NamesLike(string name) =>
        NearestName(name) is { } nearest ? [nearest]
        : name.Length < MinFragmentLength ? []
        : In(AzureCloud)
            .Select(resource => NamesOf(resource).FirstOrDefault(
                candidate => candidate.IndexOf(name, StringComparison.OrdinalIgnoreCase) >= 0))
            .OfType<string>();

    private static string? NearestName(string name)
    {
        if (name.Length > MaxNameLength)
            return null;

        (string Name, int Distance) nearest = In(AzureCloud)
            .SelectMany(NamesOf)
            .Select(candidate => (candidate, Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .OrderBy(candidate => candidate.Item2)
            .First();
        // Chosen: two typos, or one for every three letters, still suggest the name.
        return nearest.Distance <= Math.Max(2, name.Length / 3) ? nearest.Name : null;
    }

    /// <summary>The Levenshtein distance: how many letters to insert, delete or replace.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j - 1], row[j]));
            }
        }

        return row[b.Length];
    }

    private static TokenException Invalid(string message, string recommendedAction) =>
        new(TokenError.InvalidResource, message, recommendedAction);
}
