using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// What the endpoints that Azure Monitor has for each region, rule and workspace share: they look at the token first,
/// and tell errors as code and message, the code in a header as well. (How they word the refusal of a token is not
/// recorded, but for InvalidAudience: azure-docs #103840.)
/// </summary>
internal static class MonitorEndpoint
{
    /// <summary>The hosts of one service under the domains of Azure Monitor.</summary>
    public static string[] HostsOf(string service) => [.. Hosts.Monitor.Select(domain => $"*.{service}.{domain}")];

    /// <summary>The domain of Azure Monitor that the request came to: that of its cloud.</summary>
    public static string Domain(HttpContext context) =>
        Hosts.Monitor.First(domain => context.Request.Host.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// What none of the endpoints answers gets an error with a body, as from all of Azure's services: clients read it. No
    /// endpoint of its own, since one for all paths of so many hosts makes the first request wait for a second.
    /// </summary>
    public static Task AnswerUnknownAsync(HttpContext context, RequestDelegate next, EntraDirectory directory)
    {
        string host = context.Request.Host.Host;
        // Routing's own answer, to a method that is not mapped for whatever host, is no route.
        if (context.GetEndpoint() is RouteEndpoint || !Hosts.AreApi(host))
            return next(context);
        if (Hosts.ResourceManager.ContainsKey(host))
            return ManagementEndpoints.AnswerUnknownAsync(context, directory);
        if (Hosts.LogAnalytics.ContainsKey(host))
            return LogAnalyticsEndpoints.AnswerUnknownAsync(context, directory);
        return context.RefuseAsync(
            "NotFound", "The emulator has nothing at this address.", StatusCodes.Status404NotFound);
    }

    /// <summary>Maps what is answered to whoever brings a token for one of the audiences.</summary>
    public static void MapMonitor(
        this IEndpointRouteBuilder routes,
        Emulator emulator,
        string path,
        string[] methods,
        string[] hosts,
        Func<HttpContext, string[]> audiences,
        Func<HttpContext, Task> answer) =>
        routes.Map(path, async context =>
        {
            if (!methods.Contains(context.Request.Method))
            {
                await context.RefuseAsync(
                    "MethodNotAllowed",
                    $"The address takes {string.Join(" and ", methods)} alone.",
                    StatusCodes.Status405MethodNotAllowed);
                return;
            }

            BearerTokenState state = await BearerToken.CheckAsync(context, emulator.Directory, audiences(context));
            await (state == BearerTokenState.Valid ? answer(context) : RefuseAsync(context, state));
        }).RequireHost(hosts);

    public static Task RefuseAsync(
        this HttpContext context, string code, string message, int status = StatusCodes.Status400BadRequest)
    {
        context.Response.Headers["x-ms-error-code"] = code;
        return context.AnswerAsync(
            new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } }, status);
    }

    /// <summary>The request's body, if it is JSON.</summary>
    public static JsonNode? Json(this HttpContext context)
    {
        try
        {
            return JsonNode.Parse(context.Recorded().Body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Task RefuseAsync(HttpContext context, BearerTokenState state)
    {
        (string code, string message) = state switch
        {
            BearerTokenState.Missing => ("MissingToken", "The request has no bearer token."),
            BearerTokenState.WrongAudience => ("InvalidAudience", "The token is for another audience."),
            BearerTokenState.NotInItsTime => ("ExpiredToken", "The token is expired or not yet valid."),
            _ => ("InvalidToken", "The token is invalid."),
        };
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return context.RefuseAsync(code, message, StatusCodes.Status401Unauthorized);
    }
}
