using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The agent on a machine outside Azure. Who asks must show that it may read a file that the agent names.
/// </summary>
internal static class ArcEndpoints
{
    public const string Path = "/arc/metadata/identity/oauth2/token";

    private const string Basic = "Basic ";
    private const string Unauthorized = "unauthorized_client";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) => routes.MapManagedIdentity(
        HttpMethods.Get,
        Path,
        context => Answer(context, emulator),
        Error,
        (context, body, status) => context.AnswerAsync(body, status, "application/json"));

    private static JsonObject Answer(HttpContext context, Emulator emulator)
    {
        context.RequireHeader("Metadata", "true", StatusCodes.Status400BadRequest);
        ManagedIdentityEndpoints.Required(context.Request.Query["api-version"].ToString(), "api-version");

        string authorization = context.Request.Headers.Authorization.ToString();
        if (authorization.Length == 0)
        {
            context.Response.Headers.WWWAuthenticate = $"{Basic}realm={Challenge(emulator.ArcKeys)}";
            throw new ManagedIdentityException(
                StatusCodes.Status401Unauthorized, Unauthorized, "Missing Basic Authorization header");
        }

        if (!authorization.StartsWith(Basic, StringComparison.Ordinal)
            || !emulator.ArcKeys.Take(authorization[Basic.Length..]))
        {
            throw new ManagedIdentityException(
                StatusCodes.Status401Unauthorized,
                Unauthorized,
                "The Authorization header is not the content of the file.");
        }

        (IssuedToken token, _) =
            ManagedIdentityEndpoints.Issue(context, emulator.Directory, emulator.Directory.SystemIdentity);
        // The agent leaves the resource out, though the member is there, and does not say who the identity is.
        return new JsonObject
        {
            ["access_token"] = token.Value,
            ["refresh_token"] = "",
            ["expires_in"] = token.ExpiresIn.ToString(CultureInfo.InvariantCulture),
            ["expires_on"] = token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["not_before"] = token.NotBefore.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = "",
            ["token_type"] = "Bearer",
        };
    }

    private static string Challenge(ArcKeys keys)
    {
        try
        {
            return keys.Create();
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            throw new ManagedIdentityException(
                StatusCodes.Status500InternalServerError,
                "server_error",
                $"The emulator may not write the file: {refused.Message}");
        }
    }

    private static JsonObject Error(string code, string message) => new()
    {
        ["error"] = code,
        ["error_description"] = message,
        ["error_codes"] = new JsonArray(StatusCodes.Status401Unauthorized),
        // As Go prints a time, with the seconds since the agent has started.
        ["timestamp"] = $"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ss.fffffff}00 +0000 UTC m=+56183.746777614",
        ["trace_id"] = "",
        ["correlation_id"] = Guid.NewGuid().ToString(),
    };
}
