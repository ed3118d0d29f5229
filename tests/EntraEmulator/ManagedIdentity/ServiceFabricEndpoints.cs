using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The managed identity endpoint of a node of Service Fabric. Its certificate is nobody's but known by its thumbprint,
/// and
/// so it has a listener of its own.
/// </summary>
internal static class ServiceFabricEndpoints
{
    public const string Path = "/service-fabric/oauth2/token";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) => routes.MapManagedIdentity(
        HttpMethods.Get,
        Path,
        context => Answer(context, emulator),
        Error,
        (context, body, status) => context.AnswerInChunksAsync(body, status));

    private static JsonObject Answer(HttpContext context, Emulator emulator)
    {
        context.RequireHeader("secret", emulator.ServiceFabricSecret);
        ManagedIdentityEndpoints.Required(context.Request.Query["api-version"].ToString(), "api-version");
        // Which identity it is follows from the deployment: the one that is named is not looked at.
        (IssuedToken token, string resource) =
            ManagedIdentityEndpoints.Issue(context, emulator.Directory, emulator.Directory.SystemIdentity);
        return new JsonObject
        {
            ["token_type"] = "Bearer",
            ["access_token"] = token.Value,
            ["expires_on"] = token.ExpiresOn.ToUnixTimeSeconds(),
            ["resource"] = resource,
        };
    }

    private static JsonObject Error(string code, string message) => new()
    {
        ["error"] = new JsonObject
        {
            ["correlationId"] = Guid.NewGuid().ToString(),
            ["code"] = code,
            ["message"] = message,
        },
    };
}
