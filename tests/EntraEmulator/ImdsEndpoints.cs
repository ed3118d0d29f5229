using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The metadata service of a virtual machine. It is one of the hosts without the second version (getplatformmetadata,
/// issuecredential): these answer 404, as they do there.
/// </summary>
internal static class ImdsEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapGet("/metadata/identity/oauth2/token", context => AnswerAsync(context, emulator.Directory)).RequireHost(Hosts.Loopback);

    private static Task AnswerAsync(HttpContext context, EntraDirectory directory)
    {
        IQueryCollection query = context.Request.Query;
        string resource = query["resource"].ToString();

        // The header first: clients recognise the service by this very answer to a request without it.
        if (!context.Request.Headers["Metadata"].ToString().Equals("true", StringComparison.OrdinalIgnoreCase))
            return RefuseAsync(context, "invalid_request", "Required metadata header not specified");
        if (!query.ContainsKey("api-version"))
            return RefuseAsync(context, "invalid_request", "Required query variable 'api-version' is missing");
        if (resource.Length == 0)
            return RefuseAsync(context, "invalid_request", "Required query variable 'resource' is missing");
        if (ManagedIdentityTokens.Find(directory, query) is not { } identity)
            return RefuseAsync(context, "invalid_request", "Identity not found");
        if (directory.FindResource(resource) is null)
        {
            EntraError unknown = EntraError.UnknownResource(resource, identity.Tenant);
            return RefuseAsync(context, unknown.Error, $"AADSTS{unknown.Code}: {unknown.Message}");
        }

        IssuedToken token = ManagedIdentityTokens.Issue(identity, resource, context.Fault());
        return context.AnswerAsync(new JsonObject
        {
            ["access_token"] = token.Value,
            ["client_id"] = identity.ClientId.ToString(),
            ["expires_in"] = token.ExpiresIn.ToString(CultureInfo.InvariantCulture),
            ["expires_on"] = token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["ext_expires_in"] = token.ExpiresIn.ToString(CultureInfo.InvariantCulture),
            ["not_before"] = token.NotBefore.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = resource,
            ["token_type"] = "Bearer",
        });
    }

    private static Task RefuseAsync(HttpContext context, string error, string description) =>
        context.AnswerAsync(new JsonObject { ["error"] = error, ["error_description"] = description }, StatusCodes.Status400BadRequest);
}
