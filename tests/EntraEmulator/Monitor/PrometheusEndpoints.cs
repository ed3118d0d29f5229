using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The queries of Prometheus, in its own form: any query finds the same two series, which rise and fall with the time
/// of day, six hours apart.
/// </summary>
internal static partial class PrometheusEndpoints
{
    private const int MostPoints = 11000;

    private static readonly TimeSpan LongestRange = TimeSpan.FromDays(32);

    private static readonly string[] Instances = ["web-01", "web-02"];

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        Query("/api/v1/query", InstantAsync);
        Query("/api/v1/query_range", RangeAsync);

        void Query(string path, Func<HttpContext, Task> answer) => routes.MapMonitor(
            emulator,
            path,
            [HttpMethods.Get, HttpMethods.Post],
            MonitorEndpoint.HostsOf("prometheus"),
            context => [$"https://prometheus.{MonitorEndpoint.Domain(context)}"],
            context => Parameter(context, "query") is null
                ? RefuseAsync(context, "invalid parameter \"query\": no expression found in input")
                : answer(context));
    }

    private static Task InstantAsync(HttpContext context)
    {
        double time = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        if (Parameter(context, "time") is { } given && !TryParseTime(given, out time))
            return RefuseAsync(context, $"invalid parameter \"time\": cannot parse \"{given}\" to a valid timestamp");
        return AnswerAsync(context, "vector", (series, shift) => series["value"] = Point(time, shift));
    }

    private static Task RangeAsync(HttpContext context)
    {
        string start = Parameter(context, "start") ?? "";
        string end = Parameter(context, "end") ?? "";
        string step = Parameter(context, "step") ?? "";
        if (!TryParseTime(start, out double from))
            return RefuseAsync(context, $"invalid parameter \"start\": cannot parse \"{start}\" to a valid timestamp");
        if (!TryParseTime(end, out double until))
            return RefuseAsync(context, $"invalid parameter \"end\": cannot parse \"{end}\" to a valid timestamp");
        if (until < from)
            return RefuseAsync(context, "invalid parameter \"end\": end timestamp must not be before start time");
        if (!TryParseStep(step, out double seconds))
            return RefuseAsync(context, $"invalid parameter \"step\": cannot parse \"{step}\" to a valid duration");
        if ((until - from) / seconds > MostPoints)
        {
            return RefuseAsync(
                context,
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution "
                    + "(?step=XX)");
        }

        if (until - from > LongestRange.TotalSeconds)
            return RefuseAsync(context, "the time range is longer than 32 days");

        int steps = (int)((until - from) / seconds);
        return AnswerAsync(context, "matrix", (series, shift) => series["values"] = new JsonArray(
            [.. Enumerable.Range(0, steps + 1).Select(step => Point(from + step * seconds, shift))]));
    }

    private static Task AnswerAsync(HttpContext context, string resultType, Action<JsonObject, double> fill)
    {
        var result = new JsonArray();
        for (int i = 0; i < Instances.Length; i++)
        {
            var series = new JsonObject { ["metric"] = new JsonObject { ["instance"] = Instances[i] } };
            fill(series, i * 0.25);
            result.Add(series);
        }

        return context.AnswerAsync(new JsonObject
        {
            ["status"] = "success",
            ["data"] = new JsonObject { ["resultType"] = resultType, ["result"] = result },
        });
    }

    /// <summary>Between 0 and 100, once up and down a day.</summary>
    private static JsonArray Point(double time, double shift)
    {
        double value = 50 - 50 * Math.Cos((time / 86400 - shift) * 2 * Math.PI);
        return new(time, value.ToString("0.###", CultureInfo.InvariantCulture));
    }

    private static string? Parameter(HttpContext context, string name)
    {
        string? value = context.Request.Query[name];
        value ??= context.Recorded().Form.GetValueOrDefault(name);
        return string.IsNullOrEmpty(value) ? null : value;
    }

    private static bool TryParseTime(string text, out double seconds)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out seconds))
            return double.IsFinite(seconds);
        bool isTime = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out DateTimeOffset time);
        seconds = time.ToUnixTimeMilliseconds() / 1000.0;
        return isTime;
    }

    private static bool TryParseStep(string text, out double seconds)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out seconds)
            && Duration().Match(text) is { Success: true } match)
        {
            seconds = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * match.Groups[2].Value switch
            {
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                _ => 86400,
            };
        }

        return seconds > 0;
    }

    private static Task RefuseAsync(HttpContext context, string message) => context.AnswerAsync(
        new JsonObject { ["status"] = "error", ["errorType"] = "bad_data", ["error"] = message },
        StatusCodes.Status400BadRequest);

    [GeneratedRegex("^([0-9]+)([smhd])$")]
    private static partial Regex Duration();
}
