using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The managed identity endpoint of App Service and Functions, guarded by a secret header. It speaks two versions,
/// which
/// differ in the names of things and in how they write a time.
/// </summary>
internal static class AppServiceEndpoints
{
    public const string Path = "/msi/token";

    private const string Current = "2019-08-01";
    private const string First = "2017-09-01";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapGet(Path, context => AnswerAsync(context, emulator)).RequireHost(Hosts.Loopback);

    private static Task AnswerAsync(HttpContext context, Emulator emulator)
    {
        IQueryCollection query = context.Request.Query;
        string resource = query["resource"].ToString();
        string version = query["api-version"].ToString();

        string secretName = version == First ? "secret" : "X-IDENTITY-HEADER";
        if (context.Request.Headers[secretName].ToString() != emulator.AppServiceSecret)
            return RefuseAsync(
                context, StatusCodes.Status401Unauthorized, $"The {secretName} header is missing or wrong.");
        if (version is not (Current or First))
            return RefuseAsync(context, StatusCodes.Status400BadRequest, "Unsupported api-version.");
        if (resource.Length == 0)
            return RefuseAsync(context, StatusCodes.Status400BadRequest, "The resource parameter is missing.");
        if (Find(emulator.Directory, query, version) is not { } identity)
        {
            return RefuseAsync(
                context,
                StatusCodes.Status400BadRequest,
                "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.");
        }

        if (emulator.Directory.FindResource(resource) is not { } known)
            return FailAsync(context);

        IssuedToken token = ManagedIdentityTokens.Issue(identity, known, resource, context.Fault());
        return context.AnswerInChunksAsync(new JsonObject
        {
            ["access_token"] = token.Value,
            ["expires_on"] = version == First
                ? token.ExpiresOn.UtcDateTime.ToString("MM/dd/yyyy HH:mm:ss '+00:00'", CultureInfo.InvariantCulture)
                : token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = resource,
            ["token_type"] = "Bearer",
            ["client_id"] = identity.ClientId.ToString(),
        });
    }

    private static ManagedIdentity? Find(EntraDirectory directory, IQueryCollection query, string version) =>
        version != First ? ManagedIdentityTokens.Find(directory, query)
        : query["clientid"].ToString() is { Length: > 0 } clientId ? directory.FindUserIdentity(clientId)
        : directory.SystemIdentity;

    private static Task RefuseAsync(HttpContext context, int status, string message) =>
        context.AnswerInChunksAsync(new JsonObject { ["statusCode"] = status, ["message"] = message }, status);

    // Whatever Entra says is kept from the client.
    private static Task FailAsync(HttpContext context) => context.AnswerInChunksAsync(
        new JsonObject
        {
            ["statusCode"] = StatusCodes.Status500InternalServerError,
            ["message"] = "An unexpected error occured while fetching the AAD Token.",
            ["correlationId"] = Guid.NewGuid().ToString(),
        },
        StatusCodes.Status500InternalServerError);
}
