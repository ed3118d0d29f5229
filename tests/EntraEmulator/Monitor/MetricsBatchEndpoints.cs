using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The metrics of many resources at once. Each resource's value follows from its id, so that a test can tell them
/// apart.
/// </summary>
internal static class MetricsBatchEndpoints
{
    private const int MostResources = 50;

    private static readonly string[] Required = ["api-version", "metricnamespace", "metricnames"];

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) => routes.MapMonitor(
        emulator,
        "/subscriptions/{subscription}/metrics:getBatch",
        [HttpMethods.Post],
        MonitorEndpoint.HostsOf("metrics"),
        context => [$"https://metrics.{MonitorEndpoint.Domain(context)}"],
        AnswerAsync);

    /// <summary>A whole number of 0 to 99.</summary>
    private static int ValueOf(string resource) =>
        resource.Aggregate(0, (sum, character) => (sum * 31 + char.ToLowerInvariant(character)) % 100);

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
        string end = query["endtime"].FirstOrDefault() ?? Text(now);
        return new()
        {
            ["starttime"] = query["starttime"].FirstOrDefault() ?? Text(now.AddHours(-1)),
            ["endtime"] = end,
            ["interval"] = query["interval"].FirstOrDefault() ?? "PT1M",
            ["namespace"] = query["metricnamespace"].ToString(),
            ["resourceregion"] = host[..host.IndexOf('.', StringComparison.Ordinal)],
            ["resourceid"] = resource,
            ["value"] = new JsonArray([.. query["metricnames"].ToString().Split(',').Select(Metric)]),
        };

        JsonObject Metric(string name) => new()
        {
            ["id"] = $"{resource}/providers/Microsoft.Insights/metrics/{name}",
            ["type"] = "Microsoft.Insights/metrics",
            ["name"] = new JsonObject { ["value"] = name, ["localizedValue"] = name },
            ["unit"] = "Percent",
            ["timeseries"] = new JsonArray(new JsonObject
            {
                ["metadatavalues"] = new JsonArray(),
                ["data"] = new JsonArray(Point(end)),
            }),
            ["errorCode"] = "Success",
        };

        JsonObject Point(string time)
        {
            var point = new JsonObject { ["timeStamp"] = time };
            string aggregations = query["aggregation"].FirstOrDefault() ?? "average";
            foreach (string aggregation in aggregations.Split(','))
                point[aggregation.ToLowerInvariant()] = ValueOf(resource);
            return point;
        }

        static string Text(DateTime time) =>
            time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }
}
