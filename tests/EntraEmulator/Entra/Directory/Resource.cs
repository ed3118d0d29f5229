namespace MonitorToken.EntraEmulator;

/// <summary>An API that a token can be asked for, by its audience.</summary>
/// <param name="Audience">As it is documented; the same with or without one trailing slash is known too.</param>
/// <param name="Cloud">The cloud whose authorities know it; null for all of them.</param>
/// <param name="TakesV2Tokens">Whether its tokens are version 2.0 (azp, v2 issuer) instead of 1.0 (appid, sts
/// issuer).</param>
public sealed record Resource(string Audience, Cloud? Cloud = null, bool TakesV2Tokens = false)
{
    /// <summary>The id of the API's own app registration, by which errors name it.</summary>
    public Guid AppId { get; init; } = Guid.NewGuid();

    /// <summary>Azure Managed Grafana, which has no address for an audience.</summary>
    internal const string Grafana = "ce34e7e5-485f-4d76-964f-b3d2b16d1e4f";

    internal static readonly Resource[] WellKnown =
    [
        .. InEachCloud(
            "https://management.azure.com",
            "https://management.usgovcloudapi.net",
            "https://management.chinacloudapi.cn"),
        .. InEachCloud(
            "https://management.core.windows.net/",
            "https://management.core.usgovcloudapi.net/",
            "https://management.core.chinacloudapi.cn/"),
        .. InEachCloud(
            "https://api.loganalytics.io", "https://api.loganalytics.us", "https://api.loganalytics.azure.cn"),
        new("https://monitoring.azure.com", EntraEmulator.Cloud.Public),
        .. InEachCloud("https://monitor.azure.com/", "https://monitor.azure.us/", "https://monitor.azure.cn/"),
        .. InEachCloud(
            "https://metrics.monitor.azure.com",
            "https://metrics.monitor.azure.us",
            "https://metrics.monitor.azure.cn"),
        .. InEachCloud(
            "https://api.applicationinsights.io",
            "https://api.applicationinsights.us",
            "https://api.applicationinsights.azure.cn"),
        .. InEachCloud(
            "https://prometheus.monitor.azure.com",
            "https://prometheus.monitor.azure.us",
            "https://prometheus.monitor.azure.cn"),
        .. InEachCloud(
            "https://graph.microsoft.com", "https://graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn"),
        new("https://management.sovcloud-api.fr", EntraEmulator.Cloud.Sovereign),
        new("https://management.sovcloud-api.de", EntraEmulator.Cloud.Sovereign),
        new("https://management.azure.eaglex.ic.gov", EntraEmulator.Cloud.Sovereign),
        new("https://management.azure.microsoft.scloud", EntraEmulator.Cloud.Sovereign),
        new("https://monitor.sovcloud-api.fr/", EntraEmulator.Cloud.Sovereign),
        new("https://management.fabrikam.example", EntraEmulator.Cloud.Fabrikam),
        new("https://api.loganalytics.fabrikam.example", EntraEmulator.Cloud.Fabrikam),
        new("https://api.applicationinsights.fabrikam.example", EntraEmulator.Cloud.Fabrikam),
        // Asked for by the id of its app, which every cloud has: azure-cli-extensions, amg.
        new(Grafana) { AppId = new(Grafana) },
        // "AAD Token Exchange Endpoint: Public" is the only one whose id is known.
        new(FederatedCredential.DefaultAudience, EntraEmulator.Cloud.Public, TakesV2Tokens: true)
        {
            AppId = new("fb60f99c-7a34-4190-8149-302f77469936"),
        },
        new(FederatedCredential.DefaultAudience + "USGov", EntraEmulator.Cloud.UsGovernment, TakesV2Tokens: true),
        new(FederatedCredential.DefaultAudience + "China", EntraEmulator.Cloud.China, TakesV2Tokens: true),
    ];

    /// <summary>The audience of its tokens: those of version 2.0 have the id of the app.</summary>
    internal string AudienceOf(string asked) => TakesV2Tokens ? AppId.ToString() : asked;

    /// <summary>Both spellings that a data plane takes, whichever of them the table has.</summary>
    internal static string[] Spellings(string audience) => [Key(audience), Key(audience) + "/"];

    internal static string Key(string audience) => audience.EndsWith('/') ? audience[..^1] : audience;

    private static Resource[] InEachCloud(string publicCloud, string usGovernment, string china) =>
    [
        new(publicCloud, EntraEmulator.Cloud.Public),
        new(usGovernment, EntraEmulator.Cloud.UsGovernment),
        new(china, EntraEmulator.Cloud.China),
    ];
}
