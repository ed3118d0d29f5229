using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// Where logs are sent to a stream of a data collection rule: any rule whose immutable id looks like one, and any
/// stream whose name does. What was sent is in the recording. The documentation gives the audience without its slash,
/// Microsoft's client libraries ask for the one with it; the service takes both.
/// </summary>
internal static class LogsIngestionEndpoints
{
    private const int MostBytes = 1048576;

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) => routes.MapMonitor(
        emulator,
        "/dataCollectionRules/{rule}/streams/{stream}",
        [HttpMethods.Post],
        MonitorEndpoint.HostsOf("ingest"),
        context => Resource.Spellings($"https://{MonitorEndpoint.Domain(context)}"),
        context => AnswerAsync(context, emulator.AccessControl));

    private static Task AnswerAsync(HttpContext context, AccessControl access)
    {
        var rule = (string)context.GetRouteValue("rule")!;
        var stream = (string)context.GetRouteValue("stream")!;
        // Packed or not, it is the unpacked body that counts.
        int bytes = Encoding.UTF8.GetByteCount(context.Recorded().Body);
        if (bytes > MostBytes)
        {
            return context.RefuseAsync(
                "ContentLengthLimitExceeded",
                $"Maximum allowed content length: {MostBytes} bytes (1 MB). Provided content length: {bytes} bytes.",
                StatusCodes.Status413PayloadTooLarge);
        }

        if (!rule.StartsWith("dcr-", StringComparison.Ordinal))
        {
            return context.RefuseAsync(
                "NotFound",
                $"Data collection rule with immutable Id '{rule}' not found.",
                StatusCodes.Status404NotFound);
        }

        // Of rules that nobody has made, everybody may send to all.
        Guid? caller = BearerToken.ObjectId(context);
        if (access.FindRule(rule) is { } known && !access.MaySend(caller, known))
        {
            // As azure-sdk-for-net PR 37173 has it.
            return context.RefuseAsync(
                "OperationFailed",
                "The authentication token provided does not have access to ingest data for the data collection rule "
                    + $"with immutable Id '{rule}' PipelineAccessResult: AccessGranted: False, IsRbacPresent: False, "
                    + $"IsDcrDceBindingValid: , DcrArmId: {known.Id}, Message: Required authorization action was not "
                    + $"found for objectId {caller} on resourceId {known.Id}.",
                StatusCodes.Status403Forbidden);
        }

        if (context.Request.Query["api-version"].Count == 0)
            return context.RefuseAsync("MissingApiVersionParameter", "The api-version query parameter is required.");
        if (!stream.StartsWith("Custom-", StringComparison.Ordinal)
            && !stream.StartsWith("Microsoft-", StringComparison.Ordinal))
            return context.RefuseAsync("InvalidStream", $"The rule '{rule}' has no stream '{stream}'.");
        if (context.Json() is not JsonArray rows || rows.Any(row => row is not JsonObject))
            return context.RefuseAsync("InvalidPayload", "The body is not a JSON array of objects.");

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
