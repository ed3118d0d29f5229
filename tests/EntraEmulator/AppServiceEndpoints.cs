using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>The managed identity endpoint of App Service and Functions, guarded by a secret header.</summary>
internal static class AppServiceEndpoints
{
    public const string Path = "/msi/token";

    private const string ApiVersion = "2019-08-01";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapGet(Path, context => AnswerAsync(context, emulator)).RequireHost(Hosts.Loopback);

    private static Task AnswerAsync(HttpContext context, Emulator emulator)
    {
        IQueryCollection query = context.Request.Query;
        string resource = query["resource"].ToString();

        if (context.Request.Headers["X-IDENTITY-HEADER"].ToString() != emulator.AppServiceSecret)
            return RefuseAsync(context, StatusCodes.Status401Unauthorized, "The X-IDENTITY-HEADER is missing or wrong.");
        if (query["api-version"].ToString() != ApiVersion)
            return RefuseAsync(context, StatusCodes.Status400BadRequest, "Unsupported api-version.");
        if (resource.Length == 0)
            return RefuseAsync(context, StatusCodes.Status400BadRequest, "The resource parameter is missing.");
        if (ManagedIdentityTokens.Find(emulator.Directory, query) is not { } identity)
            return RefuseAsync(context, StatusCodes.Status400BadRequest, "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.");
        if (emulator.Directory.FindResource(resource) is null)
        {
            EntraError unknown = EntraError.UnknownResource(resource, identity.Tenant);
            return RefuseAsync(context, StatusCodes.Status400BadRequest, $"AADSTS{unknown.Code}: {unknown.Message}");
        }

        IssuedToken token = ManagedIdentityTokens.Issue(identity, resource, context.Fault());
        return context.AnswerAsync(new JsonObject
        {
            ["access_token"] = token.Value,
            ["expires_on"] = token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = resource,
            ["token_type"] = "Bearer",
            ["client_id"] = identity.ClientId.ToString(),
        });
    }

    private static Task RefuseAsync(HttpContext context, int status, string message) =>
        context.AnswerAsync(new JsonObject { ["statusCode"] = status, ["message"] = message, ["correlationId"] = Guid.NewGuid().ToString() }, status);
}
