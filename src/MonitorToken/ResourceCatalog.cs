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

    /// <summary>
    /// The resources in the clouds that the module knows. Where a comment names no other source, hosts are from
    /// Microsoft's list of Azure Monitor's endpoints (azure-monitor-docs,
    /// fundamentals/azure-monitor-network-access.md), which says that Azure Government uses .us instead of .com.
    /// </summary>
    private static readonly MonitorResource[] BuiltIn =
    [
        // Each cloud's developer guide; cloud.py of the Azure CLI. Bleu: AzureAuthorityHosts of Azure.Identity; Delos:
        // Bicep; USNat, USSec: Add-AzEnvironment in Azure Automation's tests.
        .. Resource("ResourceManager", ["ARM", "Management"],
            (AzureCloud, "https://management.azure.com", "https://management.azure.com", []),
            (AzureUSGovernment, "https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net", []),
            (AzureChinaCloud, "https://management.chinacloudapi.cn", "https://management.chinacloudapi.cn", []),
            (AzureBleuCloud, "https://management.sovcloud-api.fr", "https://management.sovcloud-api.fr", []),
            (AzureGermanyCloud, "https://management.sovcloud-api.de", "https://management.sovcloud-api.de", []),
            (USNat, "https://management.azure.eaglex.ic.gov", "https://management.azure.eaglex.ic.gov", []),
            (USSec, "https://management.azure.microsoft.scloud", "https://management.azure.microsoft.scloud", [])),
        // Audiences: cloud.py of the Azure CLI (log_analytics_resource_id); USNat: Azure Data Studio.
        .. Resource("LogAnalytics", ["Logs", "OperationalInsights"],
            (AzureCloud, "https://api.loganalytics.io", "https://api.loganalytics.io",
                ["*.api.loganalytics.io", "api.loganalytics.azure.com"]),
            (AzureUSGovernment, "https://api.loganalytics.us", "https://api.loganalytics.us", []),
            (AzureChinaCloud, "https://api.loganalytics.azure.cn", "https://api.loganalytics.azure.cn", []),
            (USNat, "https://api.loganalytics.azure.eaglex.ic.gov",
                "https://api.loganalytics.azure.eaglex.ic.gov", [])),
        // azure-monitor-docs, metrics/metrics-store-custom-rest-api.md: the slash must be there.
        .. Resource("CustomMetrics", ["Monitoring"],
            (AzureCloud, "https://monitoring.azure.com/",
                "https://{region}.monitoring.azure.com", ["*.monitoring.azure.com"])),
        // Audiences: azure-monitor-docs, logs/logs-ingestion-api-overview.md. OTLP and Prometheus remote write go to
        // the same endpoints (fundamentals/opentelemetry-protocol-ingestion.md; prometheus-collector). Ingestion and
        // Live Metrics of Application Insights have the same audience: AADAudience in its connection strings, such as
        // those in prometheus-collector. Its global hosts in the other clouds: cloud.py of the Azure CLI
        // (app_insights_telemetry_channel_resource_id). The other clouds: prometheus-collector and Docker-Provider.
        .. Resource("LogsIngestion", ["Ingestion", "OTLP", "RemoteWrite"],
            (AzureCloud, "https://monitor.azure.com/",
                "https://{endpoint}.{region}.ingest.monitor.azure.com",
                [
                    "*.ingest.monitor.azure.com", "*.in.applicationinsights.azure.com",
                    "dc.applicationinsights.azure.com", "dc.applicationinsights.microsoft.com",
                    "dc.services.visualstudio.com", "*.livediagnostics.monitor.azure.com",
                    "live.applicationinsights.azure.com", "rt.applicationinsights.microsoft.com",
                    "rt.services.visualstudio.com",
                ]),
            (AzureUSGovernment, "https://monitor.azure.us/",
                "https://{endpoint}.{region}.ingest.monitor.azure.us",
                [
                    "*.ingest.monitor.azure.us", "*.in.applicationinsights.azure.us", "dc.applicationinsights.us",
                    "*.livediagnostics.monitor.azure.us",
                ]),
            (AzureChinaCloud, "https://monitor.azure.cn/",
                "https://{endpoint}.{region}.ingest.monitor.azure.cn",
                [
                    "*.ingest.monitor.azure.cn", "*.in.applicationinsights.azure.cn", "dc.applicationinsights.azure.cn",
                    "*.livediagnostics.monitor.azure.cn",
                ]),
            (AzureBleuCloud, "https://monitor.sovcloud-api.fr/", null, []),
            (AzureGermanyCloud, "https://monitor.sovcloud-api.de/", null, []),
            (USNat, "https://monitor.azure.eaglex.ic.gov/", null, []),
            (USSec, "https://monitor.azure.microsoft.scloud/", null, [])),
        // MetricsClientAudience of the Azure SDKs.
        .. Resource("MetricsBatch", [],
            (AzureCloud, "https://metrics.monitor.azure.com",
                "https://{region}.metrics.monitor.azure.com", ["*.metrics.monitor.azure.com"]),
            (AzureUSGovernment, "https://metrics.monitor.azure.us",
                "https://{region}.metrics.monitor.azure.us", ["*.metrics.monitor.azure.us"]),
            (AzureChinaCloud, "https://metrics.monitor.azure.cn",
                "https://{region}.metrics.monitor.azure.cn", ["*.metrics.monitor.azure.cn"])),
        // Audiences: cloud.py of the Azure CLI (app_insights_resource_id).
        .. Resource("ApplicationInsights", ["AppInsights"],
            (AzureCloud, "https://api.applicationinsights.io", "https://api.applicationinsights.io",
                [
                    "api1.applicationinsights.io", "api2.applicationinsights.io", "api3.applicationinsights.io",
                    "api4.applicationinsights.io", "api5.applicationinsights.io",
                    "api.applicationinsights.azure.com", "*.api.applicationinsights.azure.com",
                ]),
            (AzureUSGovernment, "https://api.applicationinsights.us", "https://api.applicationinsights.us", []),
            (AzureChinaCloud, "https://api.applicationinsights.azure.cn",
                "https://api.applicationinsights.azure.cn", [])),
        // azure-monitor-docs, metrics/prometheus-api-promql.md; prometheus-collector for the other clouds.
        .. Resource("Prometheus", [],
            (AzureCloud, "https://prometheus.monitor.azure.com",
                "https://{workspace}.{region}.prometheus.monitor.azure.com", ["*.prometheus.monitor.azure.com"]),
            (AzureUSGovernment, "https://prometheus.monitor.azure.us",
                "https://{workspace}.{region}.prometheus.monitor.azure.us", ["*.prometheus.monitor.azure.us"]),
            (AzureChinaCloud, "https://prometheus.monitor.azure.cn",
                "https://{workspace}.{region}.prometheus.monitor.azure.cn", ["*.prometheus.monitor.azure.cn"])),
        // azure-cli-extensions, amg: the id of the first-party application, whichever cloud; no page names the hosts of
        // the other clouds.
        .. Resource("Grafana", ["ManagedGrafana"],
            (AzureCloud, "ce34e7e5-485f-4d76-964f-b3d2b16d1e4f",
                "https://{workspace}.{region}.grafana.azure.com", ["*.grafana.azure.com"])),
    ];

    /// <summary>
    /// Hosts on Microsoft's list for which no source names an audience; what is known of them, and what to do instead.
    /// </summary>
    private static readonly (string[] Hosts, string Known, string Instead)[] WithoutAudience =
    [
        (["api.monitor.azure.com", "*.api.monitor.azure.com"],
            "is an endpoint of the log query API, but Microsoft documents no audience for it",
            "Call https://api.loganalytics.azure.com or https://api.applicationinsights.azure.com instead. "
                + "If you know the audience, specify it with -Resource."),
        // The clients of Azure Data Explorer read the audience from the host itself: azure-kusto-python, CloudSettings.
        ([
            "ade.loganalytics.io", "ade.applicationinsights.io", "adx.monitor.azure.com", "*.adx.monitor.azure.com",
            "adx.applicationinsights.azure.com", "*.adx.applicationinsights.azure.com",
            "adx.loganalytics.azure.com", "*.adx.loganalytics.azure.com",
        ],
            "is the Azure Data Explorer endpoint for Azure Monitor, but Microsoft documents no audience for it",
            "Azure Data Explorer clients read the audience from /v1/rest/auth/metadata on that host "
                + "(KustoServiceResourceId). Specify it with -Resource, or call the Log Analytics API instead."),
        ([
            "prod.la.ingest.monitor.core.windows.net", "*.prod.la.ingest.monitor.core.windows.net",
            "prod.la.ingestion.msftcloudes.com", "*.prod.la.ingestion.msftcloudes.com",
        ],
            "belongs to the Logs Ingestion API, but it isn't an endpoint for requests",
            "Call the endpoint of the data collection rule or data collection endpoint, whose host name ends with "
                + ".ingest.monitor.azure.com."),
    ];

    /// <summary>Every resource in every cloud, those that have described themselves included.</summary>
    public static IEnumerable<MonitorResource> All =>
        BuiltIn.Concat(AzureEnvironment.Described.SelectMany(cloud => cloud.Resources!));

    public static IEnumerable<MonitorResource> In(AzureEnvironment environment) =>
        environment.Resources ?? BuiltIn.Where(resource => resource.Cloud == environment);

    /// <summary>
    /// The resources of a cloud that describes itself: each known name, with the audience that the cloud names for it.
    /// </summary>
    /// <param name="environment">The cloud.</param>
    /// <param name="known">The same cloud, as far as the module knows it; null if it does not.</param>
    /// <param name="audiences">The audiences that the cloud names, by the name of the resource.</param>
    /// <param name="resourceManager">The URI of its Resource Manager.</param>
    public static MonitorResource[] Describe(
        AzureEnvironment environment,
        AzureEnvironment? known,
        IReadOnlyDictionary<string, string> audiences,
        Uri resourceManager) =>
    [
        .. In(AzureCloud).Select(model =>
        {
            MonitorResource? own = known is null ? null : In(known).First(resource => resource.Name == model.Name);
            string? audience = audiences.TryGetValue(model.Name, out string? named) ? named : own?.Audience;
            string? host = audience is null ? null : HostOf(audience);
            // The audience of a Resource Manager may be another name of it, or the id of an application.
            string? endpoint = model.Name == "ResourceManager" ? resourceManager.GetLeftPart(UriPartial.Authority)
                : own?.Endpoint ?? (host is null ? null : "https://" + host);
            string[] hosts = audience is null ? []
                : model.Name == "ResourceManager" ? [resourceManager.Host]
                : [.. own?.Hosts ?? [], host!, "*." + host];
            return new MonitorResource(
                model.Name, [.. model.Aliases], environment, audience, audience is null ? null : endpoint, hosts);
        }),
    ];

    /// <summary>The resource with a name or alias in a cloud. Its audience is never null.</summary>
    /// <exception cref="TokenException">The name is unknown, or the resource has no known audience there.</exception>
    public static MonitorResource ByName(string name, AzureEnvironment environment)
    {
        MonitorResource? resource = null;
        foreach (MonitorResource candidate in environment.Resources ?? BuiltIn)
        {
            if (candidate.Cloud == environment && HasName(candidate, name))
                resource = candidate;
        }

        if (resource is null)
            throw Unknown(name, environment);

        return resource.Audience is not null
            ? resource
            : throw Invalid(
                $"No audience is known for {resource.Name} in {environment}.",
                "Specify the audience with -Resource, as an absolute https URI"
                    + (environment.Resources is null && environment.ResourceManagerHost is { } host
                        ? $", or use -ResourceManager https://{host} to read the cloud's settings."
                        : "."));
    }

    /// <summary>The error for an unknown name; suggests similar names.</summary>
    public static TokenException Unknown(string name, AzureEnvironment environment)
    {
        string[] near = [.. NamesLike(name).Select(like => $"'{like}'")];
        string shown = Redacted(name);
        return Invalid(
            near.Length == 0
                ? $"There's no resource named '{shown}'."
                : $"There's no resource named '{shown}'. Did you mean {string.Join(" or ", near)}?",
            $"Specify one of {NamesIn(environment)}, or an absolute https URI.");
    }

    /// <summary>The resource with exactly this audience; null if no named resource has it.</summary>
    public static MonitorResource? ByAudience(string audience) =>
        All.FirstOrDefault(resource => string.Equals(resource.Audience, audience, StringComparison.Ordinal));

    /// <summary>The resource, and with it the cloud, that an endpoint belongs to.</summary>
    /// <exception cref="TokenException">The URI isn't plain https, or its host is unknown.</exception>
    public static MonitorResource ByEndpoint(Uri endpoint)
    {
        if (!endpoint.IsAbsoluteUri || endpoint.Scheme != Uri.UriSchemeHttps)
            throw Invalid(
                $"'{Redacted(endpoint.OriginalString)}' isn't an absolute https URI.",
                "Specify the full URI of the request, such as https://api.loganalytics.io/v1/workspaces/…");

        if (!HasPlainHost(endpoint.OriginalString))
            throw Invalid(
                $"The host in '{Redacted(endpoint.OriginalString)}' contains characters that programs interpret "
                    + "differently, so no token is requested for it.",
                "Write the URI with slashes and plain letters, such as https://api.loganalytics.io/v1/workspaces/…");

        return ByHost(endpoint.Host) ?? throw UnknownHost(endpoint.Host);
    }

    /// <summary>
    /// Whether a URI, specified as an audience, is really that of an endpoint: its host is an endpoint's, and it has a
    /// path, or no audience has that host.
    /// </summary>
    public static bool IsEndpoint(Uri address)
    {
        string host = PunycodeHost(address);
        return ByHost(host) is { } resource
            && (address.AbsolutePath.Trim('/').Length > 0
                || address.Query.Length + address.Fragment.Length > 0
                || !string.Equals(HostOf(resource.Audience!), host, StringComparison.OrdinalIgnoreCase));
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

    private static TokenException UnknownHost(string host)
    {
        (_, string? known, string? instead) = Array.Find(
            WithoutAudience, entry => entry.Hosts.Any(pattern => Matches(host, pattern)));
        return Invalid(
            $"The host '{host}' {known ?? "doesn't belong to a known resource"}, so no token is requested for it.",
            instead ?? "Check the URI for a typo. If it's correct, specify the audience with -Resource.");
    }

    /// <summary>The host of an audience; null for an audience that is the id of an application.</summary>
    private static string? HostOf(string audience) =>
        Uri.TryCreate(audience, UriKind.Absolute, out Uri? address) ? address.Host : null;

    /// <summary>The URI without user info, query and fragment, which may contain a key.</summary>
    public static string Redacted(string address)
    {
        string text = address.Split('?', '#')[0];
        int authority = text.IndexOf("//", StringComparison.Ordinal) + 2;
        int path = authority < 2 ? -1 : text.IndexOf('/', authority);
        // Only what comes before the path is user info; without a scheme, all of it may be.
        int at = path < 0 ? text.LastIndexOf('@') : text.LastIndexOf('@', path);
        return text.Substring(at + 1);
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
        foreach (AzureEnvironment environment in AzureEnvironment.Known)
        {
            (_, string? audience, string? endpoint, string[]? hosts) =
                Array.Find(clouds, cloud => cloud.Environment == environment);
            string[] own = audience is not null && HostOf(audience) is { } host ? [host] : [];
            yield return new MonitorResource(name, aliases, environment, audience, endpoint, [.. own, .. hosts ?? []]);
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
    /// but other programs may read another host from such a URI.
    /// </summary>
    public static bool HasPlainHost(string address)
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

    /// <summary>Suggestions for an unknown name: the nearest name, or otherwise the names that contain it.</summary>
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
