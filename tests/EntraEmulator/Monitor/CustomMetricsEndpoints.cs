using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The service that takes custom metrics. It wants the audience with its slash: a token for the resource without one is
/// given, with the audience to the letter, and is refused here. (How it words its refusals is not recorded.)
/// </summary>
internal static class CustomMetricsEndpoints
{
    private const string Audience = "https://monitoring.azure.com/";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapPost("/subscriptions/{**resource}", context => AnswerAsync(context, emulator.Directory))
            .RequireHost("*.monitoring.azure.com");

    private static async Task AnswerAsync(HttpContext context, EntraDirectory directory)
    {
        BearerTokenState state = await BearerToken.CheckAsync(context, directory, [Audience]);
        if (state == BearerTokenState.Valid)
            return;

        string message = state switch
        {
            BearerTokenState.Missing => "The request has no bearer token.",
            BearerTokenState.WrongAudience => $"The token's audience is not {Audience}.",
            BearerTokenState.NotInItsTime => "The token is expired or not yet valid.",
            _ => "The token is invalid.",
        };
        context.Response.Headers.WWWAuthenticate = "Bearer";
        await context.AnswerAsync(
            new JsonObject { ["error"] = new JsonObject { ["code"] = "Unauthorized", ["message"] = message } },
            StatusCodes.Status401Unauthorized);
    }
}
