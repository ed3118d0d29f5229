using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The query API of Log Analytics: any query gives the same few rows, to whoever has the right token.
/// </summary>
internal static class LogAnalyticsEndpoints
{
    private static readonly Dictionary<Cloud, string> Audiences = new()
    {
        [Cloud.Public] = "https://api.loganalytics.io",
        [Cloud.UsGovernment] = "https://api.loganalytics.us",
        [Cloud.China] = "https://api.loganalytics.azure.cn",
    };

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapMethods(
            "/v1/workspaces/{workspace}/query",
            [HttpMethods.Get, HttpMethods.Post],
            context => AnswerAsync(context, emulator.Directory))
            .RequireHost([.. Hosts.LogAnalytics.Keys]);

    private static async Task AnswerAsync(HttpContext context, EntraDirectory directory)
    {
        string audience = Audiences[Hosts.LogAnalytics[context.Request.Host.Host]];
        BearerTokenState state = await BearerToken.CheckAsync(context, directory, Resource.Spellings(audience));
        Task answer = state switch
        {
            BearerTokenState.Missing => RefuseAsync(
                context, "AuthorizationRequiredError", "Valid authentication was not provided"),
            BearerTokenState.WrongAudience => RefuseAsync(
                context,
                "InvalidTokenError",
                "The provided authentication is not valid for this resource",
                "InvalidAudience",
                "The token is for another audience"),
            BearerTokenState.NotInItsTime => RefuseAsync(
                context,
                "InvalidTokenError",
                "The provided authentication is not valid for this resource",
                "TokenExpired",
                "The token is expired or not yet valid"),
            BearerTokenState.Invalid => RefuseAsync(
                context,
                "InvalidTokenError",
                "The provided authentication is not valid for this resource",
                "SignatureVerificationFailed",
                "Could not validate the request"),
            _ when string.IsNullOrWhiteSpace(Query(context)) => context.AnswerAsync(
                Error(
                    "BadArgumentError",
                    "The request had some invalid properties",
                    "QueryValidationError",
                    "The request has no query"),
                StatusCodes.Status400BadRequest),
            _ => context.AnswerAsync(new JsonObject { ["tables"] = new JsonArray(Heartbeats()) }),
        };
        await answer;
    }

    private static string? Query(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method))
            return context.Request.Query["query"];
        try
        {
            return JsonNode.Parse(context.Recorded().Body)?["query"]?.GetValue<string>();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

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

    private static Task RefuseAsync(
        HttpContext context, string code, string message, string? innerCode = null, string? innerMessage = null)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return context.AnswerAsync(Error(code, message, innerCode, innerMessage), StatusCodes.Status401Unauthorized);
    }

    private static JsonObject Error(string code, string message, string? innerCode, string? innerMessage)
    {
        var error = new JsonObject { ["message"] = message, ["code"] = code };
        if (innerCode is not null)
            error["innererror"] = new JsonObject { ["code"] = innerCode, ["message"] = innerMessage };
        return new JsonObject { ["error"] = error };
    }
}
