using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>Cloud Shell looks like a managed identity, but the tokens are those of the user in front of it.</summary>
internal static class CloudShellEndpoints
{
    public const string Path = "/cloud-shell/oauth2/token";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapManagedIdentity(HttpMethods.Post, Path, context => Answer(context, emulator.Directory), Error);

    private static JsonObject Answer(HttpContext context, EntraDirectory directory)
    {
        context.RequireHeader("Metadata", "true", StatusCodes.Status400BadRequest);
        string resource = ManagedIdentityEndpoints.Required(context.Recorded().Form.GetValueOrDefault("resource", ""), "resource");
        ManagedIdentityEndpoints.RequireResource(directory, resource, directory.User.Tenant);

        IssuedToken token = UserTokens.Issue(directory, directory.User, resource, lifetime: null, context.Fault());
        return new JsonObject
        {
            ["access_token"] = token.Value,
            ["refresh_token"] = "",
            ["expires_in"] = token.ExpiresIn.ToString(CultureInfo.InvariantCulture),
            ["expires_on"] = token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["not_before"] = token.NotBefore.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = resource,
            ["token_type"] = "Bearer",
        };
    }

    private static JsonObject Error(string code, string message) =>
        new() { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } };
}
