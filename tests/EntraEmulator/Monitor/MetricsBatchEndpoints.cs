using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The metrics of many resources at once.
/// </summary>
/// <remarks>
/// <para>
/// Which audience it takes: https://metrics.monitor.azure.com, and those of the other clouds. So the service's own
/// specification says (azure-rest-api-specs, metricBatch.json 2024-02-01: the scope of its security definition), and so
/// do Microsoft's clients, whose tests are recorded against the service: azure-monitor-query and
/// azure-monitor-querymetrics for Python, azmetrics for Go, Azure.Monitor.Query and .Metrics for .NET,
/// azure-monitor-query-metrics for Java, @azure/monitor-query for JavaScript (azure-sdk-for-js #30589 put it right there).
/// Java's earlier azure-monitor-query asks for it with a slash, so that is taken too.
/// </para>
/// <para>
/// Not Resource Manager's. Only @azure/monitor-query-metrics 1.0.0 asks for that: its generated client (metricsContext.ts)
/// has the right default, the class around it (publicMetricsClient.ts) puts another in its place, and its tests' recorder
/// is commented out. With <c>audience: "https://metrics.monitor.azure.com/.default"</c> it works.
/// </para>
/// </remarks>
internal static class MetricsBatchEndpoints
{
    private const int MostResources = 50;

    private static readonly string[] Required = ["api-version", "metricnamespace", "metricnames"];

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) => routes.MapMonitor(
        emulator,
        "/subscriptions/{subscription}/metrics:getBatch",
        [HttpMethods.Post],
        MonitorEndpoint.HostsOf("metrics"),
        context => Resource.Spellings($"https://metrics.{MonitorEndpoint.Domain(context)}"),
        AnswerAsync);

    private static Task AnswerAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        if (Array.Find(Required, name => string.IsNullOrEmpty(query[name])) is { } missing)
            return context.RefuseAsync("BadRequest", $"The query parameter {missing} is required.");

        string[] resources;
        try
        {
            resources = context.Json()?["resourceids"].Deserialize<string[]>() ?? [];
        }
        catch (Exception misshapen) when (misshapen is JsonException or InvalidOperationException)
        {
            resources = [];
        }

        if (resources.Length is 0 or > MostResources)
            return context.RefuseAsync("BadRequest", $"'resourceids' must have 1 to {MostResources} resource ids.");
        string subscription = $"/subscriptions/{context.GetRouteValue("subscription")}/";
        if (resources.FirstOrDefault(
            id => !id.StartsWith(subscription, StringComparison.OrdinalIgnoreCase)) is { } foreign)
            return context.RefuseAsync("BadRequest", $"'{foreign}' is in another subscription.");

        return context.AnswerAsync(new JsonObject
        {
            ["values"] = new JsonArray([.. resources.Select(resource => ResourceJson(context, resource))]),
        });
    }

    private static JsonObject ResourceJson(HttpContext context, string resource)
    {
        IQueryCollection query = context.Request.Query;
        DateTime now = DateTime.UtcNow;
        string host = context.Request.Host.Host;
        string end = query["endtime"].FirstOrDefault() ?? Metric.Text(now);
        string? aggregations = query["aggregation"];
        return new()
        {
            ["starttime"] = query["starttime"].FirstOrDefault() ?? Metric.Text(now.AddHours(-1)),
            ["endtime"] = end,
            ["interval"] = query["interval"].FirstOrDefault() ?? "PT1M",
            ["namespace"] = query["metricnamespace"].ToString(),
            ["resourceregion"] = host[..host.IndexOf('.', StringComparison.Ordinal)],
            ["resourceid"] = resource,
            ["value"] = new JsonArray([.. query["metricnames"].ToString().Split(',')
                .Select(name => Metric.Of(resource, name, aggregations, end))]),
        };
    }
}
