using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The service that takes custom metrics. It wants the audience with its slash: a token for the resource without one is
/// given, with the audience to the letter, and is refused here.
/// </summary>
internal static class CustomMetricsEndpoints
{
    private const int MostDimensions = 10;

    private static readonly string[] Audiences = ["https://monitoring.azure.com/"];

    private static readonly string[] Numbers = ["min", "max", "sum", "count"];

    private static readonly TimeSpan Oldest = TimeSpan.FromMinutes(-20);

    private static readonly TimeSpan Newest = TimeSpan.FromMinutes(5);

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) => routes.MapMonitor(
        emulator,
        "/subscriptions/{**resource}",
        [HttpMethods.Post],
        ["*.monitoring.azure.com"],
        _ => Audiences,
        AnswerAsync);

    private static Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.ToString();
        if (!path.EndsWith("/metrics", StringComparison.OrdinalIgnoreCase))
            return context.RefuseAsync("NotFound", "There is nothing here.", StatusCodes.Status404NotFound);
        // Not to a subscription or a resource group.
        if (!path.Contains("/providers/", StringComparison.OrdinalIgnoreCase))
            return context.RefuseAsync("BadRequest", "Metrics can only be sent to a resource.");

        // An empty answer is what the service gives to what it takes.
        return Fault(context.Json()) is { } fault
            ? context.RefuseAsync("BadRequest", fault)
            : Task.CompletedTask;
    }

    private static string? Fault(JsonNode? metric)
    {
        try
        {
            if (metric?["time"] is not { } time || metric["data"]?["baseData"] is not { } data)
                return "'time' and 'data.baseData' are required";
            if (!DateTimeOffset.TryParse(
                time.GetValue<string>(),
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out DateTimeOffset when))
                return "'time' is not in ISO 8601 format";
            TimeSpan age = when - DateTimeOffset.UtcNow;
            if (age < Oldest || age > Newest)
                return "'time' should be at most 20 minutes in the past and 5 minutes in the future";
            if (data["metric"] is null || data["namespace"] is null || data["series"] is not JsonArray series)
                return "'metric', 'namespace' and 'series' are required";

            int names = Count(data["dimNames"]);
            if (names > MostDimensions)
                return "'dimValues' and 'dimNames' lengths should be lesser than 10\r\n";
            foreach (JsonNode? point in series)
            {
                if (Count(point!["dimValues"]) != names)
                    return "'dimValues' and 'dimNames' lengths should be equal";
                if (Numbers.Any(member => point[member]?.GetValueKind() != JsonValueKind.Number))
                    return "'min', 'max', 'sum' and 'count' are required";
            }

            return null;
        }
        catch (Exception misshapen) when (misshapen is InvalidOperationException or NullReferenceException)
        {
            return "The body is not of the documented form";
        }

        static int Count(JsonNode? list) => list?.AsArray().Count ?? 0;
    }
}
