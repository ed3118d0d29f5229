using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>The agent on a machine outside Azure. Who asks must show that it may read a file that the agent names.</summary>
internal static class ArcEndpoints
{
    public const string Path = "/arc/metadata/identity/oauth2/token";

    private const string Basic = "Basic ";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapManagedIdentity(HttpMethods.Get, Path, context => Answer(context, emulator), Error);

    private static JsonObject Answer(HttpContext context, Emulator emulator)
    {
        context.RequireHeader("Metadata", "true", StatusCodes.Status400BadRequest);
        ManagedIdentityEndpoints.Required(context.Request.Query["api-version"].ToString(), "api-version");

        string authorization = context.Request.Headers.Authorization.ToString();
        if (authorization.Length == 0)
        {
            context.Response.Headers.WWWAuthenticate = $"{Basic}realm={Challenge(emulator.ArcKeys)}";
            throw new ManagedIdentityException(StatusCodes.Status401Unauthorized, "unauthorized_client", "The Authorization header is missing.");
        }

        if (!authorization.StartsWith(Basic, StringComparison.Ordinal) || !emulator.ArcKeys.Take(authorization[Basic.Length..]))
            throw new ManagedIdentityException(StatusCodes.Status401Unauthorized, "unauthorized_client", "The Authorization header is not the content of the file.");
        return ManagedIdentityEndpoints.Token(context, emulator.Directory, emulator.Directory.SystemIdentity);
    }

    private static string Challenge(ArcKeys keys)
    {
        try
        {
            return keys.Create();
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            throw new ManagedIdentityException(StatusCodes.Status500InternalServerError, "server_error", $"The emulator may not write the file: {refused.Message}");
        }
    }

    private static JsonObject Error(string code, string message) => new() { ["error"] = code, ["error_description"] = message };
}
