using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The query API of Log Analytics: any query of any workspace or resource gives the same few rows, to whoever has the
/// right token; several queries may come in one request. What is not there is refused in the API's form.
/// </summary>
internal static partial class LogAnalyticsEndpoints
{
    private const string QueryPath = "/query";

    private static readonly Dictionary<Cloud, string> Audiences = new()
    {
        [Cloud.Public] = "https://api.loganalytics.io",
        [Cloud.UsGovernment] = "https://api.loganalytics.us",
        [Cloud.China] = "https://api.loganalytics.azure.cn",
        [Cloud.Fabrikam] = "https://api.loganalytics.fabrikam.example",
    };

    private static readonly string[] GetAndPost = [HttpMethods.Get, HttpMethods.Post];

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        MapApi("/v1/workspaces/{workspace}" + QueryPath, GetAndPost, context => Query(context, Asked(context)));
        MapApi("/v1/{**resource}", GetAndPost, ResourceQuery);
        MapApi("/v1/$batch", [HttpMethods.Post], Batch);

        void MapApi(string path, string[] methods, Func<HttpContext, Reply> answer) =>
            routes.MapMethods(path, methods, context => AnswerAsync(context, emulator.Directory, answer))
                .RequireHost([.. Hosts.LogAnalytics.Keys]);
    }

    /// <summary>Answers what is not mapped.</summary>
    public static Task AnswerUnknownAsync(HttpContext context, EntraDirectory directory) =>
        AnswerAsync(context, directory, _ => NoSuchPath());

    private static async Task AnswerAsync(
        HttpContext context, EntraDirectory directory, Func<HttpContext, Reply> answer)
    {
        string audience = Audiences[Hosts.LogAnalytics[context.Request.Host.Host]];
        BearerTokenState state = await BearerToken.CheckAsync(context, directory, Resource.Spellings(audience));
        if (state != BearerTokenState.Valid)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        else if (context.GetRouteValue("workspace") is not null && RangeQuery.Of(Asked(context)) is { } range)
        {
            await range.AnswerAsync(context);
            return;
        }

        Reply reply = state switch
        {
            BearerTokenState.Valid => answer(context),
            BearerTokenState.Missing => Unauthorized(
                "AuthorizationRequiredError", "Valid authentication was not provided"),
            BearerTokenState.WrongAudience => InvalidToken("InvalidAudience", "The token is for another audience"),
            BearerTokenState.NotInItsTime => InvalidToken("TokenExpired", "The token is expired or not yet valid"),
            _ => InvalidToken("SignatureVerificationFailed", "Could not validate the request"),
        };
        await context.AnswerAsync(reply.Body, reply.Status);
    }

    // A resource's id begins with a slash, which some clients put behind that of the path (@azure/monitor-query-logs).
    private static Reply ResourceQuery(HttpContext context)
    {
        string path = ((string?)context.GetRouteValue("resource") ?? "").TrimStart('/');
        return path.StartsWith("subscriptions/", StringComparison.OrdinalIgnoreCase)
            && path.EndsWith(QueryPath, StringComparison.OrdinalIgnoreCase)
            ? Query(context, Asked(context))
            : NoSuchPath();
    }

    // D: each query has an answer of its own in the batch's, and what is wrong with one is wrong with that one alone.
    private static Reply Batch(HttpContext context)
    {
        if ((context.Json() as JsonObject)?["requests"] is not JsonArray { Count: > 0 } requests
            || requests.Any(request => request is not JsonObject || request["id"] is not JsonValue))
        {
            return Invalid("BatchValidationError", "The request has no queries, or one without an id");
        }

        return new(StatusCodes.Status200OK, new JsonObject
        {
            ["responses"] = new JsonArray([.. requests.Select(request => Part(context, request!.AsObject()))]),
        });
    }

    private static JsonObject Part(HttpContext context, JsonObject request)
    {
        string[] path = (Text(request["path"]) ?? "").Split('?', 2);
        // Without a method it is a GET, whose body counts for nothing.
        string? query = HttpMethods.IsPost(Text(request["method"]) ?? HttpMethods.Get)
            ? Text((request["body"] as JsonObject)?["query"])
            : QueryHelpers.ParseQuery(path.ElementAtOrDefault(1)).GetValueOrDefault("query");
        Reply reply = path[0].Equals(QueryPath, StringComparison.OrdinalIgnoreCase)
            ? Query(context, query, Text((request["headers"] as JsonObject)?["prefer"])
                ?? Text((request["headers"] as JsonObject)?["Prefer"]))
            : NoSuchPath();
        return new()
        {
            ["id"] = request["id"]!.DeepClone(),
            ["status"] = reply.Status,
            ["headers"] = new JsonObject { ["Content-Type"] = JsonAnswer.ContentType },
            ["body"] = reply.Body,
        };
    }

    private static Reply Query(HttpContext context, string? query, string? prefer = null)
    {
        if (string.IsNullOrWhiteSpace(query))
            return Invalid("QueryValidationError", "The request has no query");

        var answer = new JsonObject { ["tables"] = new JsonArray(Heartbeats()) };
        prefer ??= context.Request.Headers["Prefer"].ToString();
        if (Prefers(prefer, "include-statistics"))
            answer["statistics"] = Statistics();
        if (Prefers(prefer, "include-render"))
            answer["render"] = Render(query);
        return new(StatusCodes.Status200OK, answer);
    }

    private static string? Asked(HttpContext context) => HttpMethods.IsGet(context.Request.Method)
        ? context.Request.Query["query"]
        : Text((context.Json() as JsonObject)?["query"]);

    private static bool Prefers(string prefer, string name) => prefer
        .Split([',', ';'], StringSplitOptions.TrimEntries)
        .Contains(name + "=true", StringComparer.OrdinalIgnoreCase);

    private static string? Text(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static JsonObject Heartbeats()
    {
        DateTime now = DateTime.UtcNow;
        return new()
        {
            ["name"] = "PrimaryResult",
            ["columns"] = new JsonArray(
                Column("TimeGenerated", "datetime"), Column("Computer", "string"), Column("Category", "string")),
            ["rows"] = new JsonArray(
                Row(3, "web-01", "Direct Agent"),
                Row(2, "web-02", "Direct Agent"),
                Row(1, "sql-01", "Azure Monitor Agent")),
        };

        static JsonObject Column(string name, string type) => new() { ["name"] = name, ["type"] = type };

        JsonArray Row(int minutesAgo, string computer, string category)
        {
            DateTime time = now.AddMinutes(-minutesAgo);
            return new(time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), computer, category);
        }
    }

    private static JsonObject Statistics() => new()
    {
        ["query"] = new JsonObject
        {
            ["executionTime"] = 0.0156,
            ["resourceUsage"] = new JsonObject
            {
                ["cpu"] = new JsonObject { ["totalCpu"] = "00:00:00" },
                ["memory"] = new JsonObject { ["peakPerNode"] = 0 },
            },
            ["datasetStatistics"] = new JsonArray(
                new JsonObject { ["tableRowCount"] = 3, ["tableSize"] = 96 }),
        },
    };

    // What the query's last operator asks for; a table if it asks for nothing.
    private static JsonObject Render(string query) => new()
    {
        ["visualization"] = Visualization().Match(query) is { Success: true } asked ? asked.Groups[1].Value : "table",
        ["title"] = null,
        ["accumulate"] = false,
        ["isQuerySorted"] = false,
        ["kind"] = null,
        ["annotation"] = "",
        ["by"] = null,
    };

    [GeneratedRegex(@"\|\s*render\s+(\w+)")]
    private static partial Regex Visualization();

    private static Reply NoSuchPath() => new(
        StatusCodes.Status404NotFound, Error("PathNotFoundError", "The requested path does not exist"));

    private static Reply Invalid(string innerCode, string innerMessage) => new(
        StatusCodes.Status400BadRequest,
        Error("BadArgumentError", "The request had some invalid properties", innerCode, innerMessage));

    private static Reply InvalidToken(string innerCode, string innerMessage) => Unauthorized(
        "InvalidTokenError", "The provided authentication is not valid for this resource", innerCode, innerMessage);

    private static Reply Unauthorized(
        string code, string message, string? innerCode = null, string? innerMessage = null) =>
        new(StatusCodes.Status401Unauthorized, Error(code, message, innerCode, innerMessage));

    private static JsonObject Error(
        string code, string message, string? innerCode = null, string? innerMessage = null)
    {
        var error = new JsonObject { ["message"] = message, ["code"] = code };
        if (innerCode is not null)
            error["innererror"] = new JsonObject { ["code"] = innerCode, ["message"] = innerMessage };
        return new JsonObject { ["error"] = error };
    }

    private sealed record Reply(int Status, JsonObject Body);
}
