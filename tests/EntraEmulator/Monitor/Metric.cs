using System.Globalization;
using System.Text.Json.Nodes;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// A metric of a resource, in the form that both of Azure's metrics APIs give it. Its one value follows from the
/// resource's id, so that a test can tell resources apart.
/// </summary>
internal static class Metric
{
    /// <summary>The one that is listed; any other name has a value all the same.</summary>
    public const string Default = "Percentage CPU";

    public const string Unit = "Percent";

    private static readonly string[] Defaults = ["average"];

    /// <param name="resource">The id of the resource.</param>
    /// <param name="name">The metric's name.</param>
    /// <param name="aggregations">What to give of it, with commas between; null or empty for the average.</param>
    /// <param name="time">When its value is from.</param>
    public static JsonObject Of(string resource, string name, string? aggregations, string time)
    {
        var point = new JsonObject { ["timeStamp"] = time };
        string[] asked = aggregations?.Split(
            ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } some
            ? some
            : Defaults;
        foreach (string aggregation in asked)
            point[aggregation.ToLowerInvariant()] = ValueOf(resource);
        return new()
        {
            ["id"] = $"{resource}/providers/Microsoft.Insights/metrics/{name}",
            ["type"] = "Microsoft.Insights/metrics",
            ["name"] = Name(name),
            ["unit"] = Unit,
            ["timeseries"] = new JsonArray(new JsonObject
            {
                ["metadatavalues"] = new JsonArray(),
                ["data"] = new JsonArray(point),
            }),
            ["errorCode"] = "Success",
        };
    }

    public static JsonObject Name(string name) => new() { ["value"] = name, ["localizedValue"] = name };

    public static string Text(DateTime time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // A whole number of 0 to 99.
    private static int ValueOf(string resource) =>
        resource.Aggregate(0, (sum, character) => (sum * 31 + char.ToLowerInvariant(character)) % 100);
}
