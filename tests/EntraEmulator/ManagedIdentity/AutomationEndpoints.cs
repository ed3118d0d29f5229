using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The managed identity endpoint of a runbook in Azure Automation: like that of App Service, but it does not insist on
/// a version.
/// </summary>
internal static class AutomationEndpoints
{
    public const string Path = "/automation/oauth2/token";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapManagedIdentity(HttpMethods.Get, Path, context => Answer(context, emulator), Error);

    private static JsonObject Answer(HttpContext context, Emulator emulator)
    {
        context.RequireHeader("X-IDENTITY-HEADER", emulator.AutomationSecret);
        return ManagedIdentityEndpoints.Token(
            context, emulator.Directory, ManagedIdentityTokens.Find(emulator.Directory, context.Request.Query));
    }

    private static JsonObject Error(string code, string message) => new() { ["message"] = message };
}
