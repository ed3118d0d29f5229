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
    // Where its region asks Entra.
    private const string Authority = $"{ImdsInstanceEndpoints.Region}.login.microsoft.com";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapGet("/metadata/identity/oauth2/token", context => AnswerAsync(context, emulator))
            .RequireHost([.. Hosts.Loopback, Hosts.Metadata]);

    private static Task AnswerAsync(HttpContext context, Emulator emulator)
    {
        IQueryCollection query = context.Request.Query;
        string resource = query["resource"].ToString();
        context.Response.Headers.Server = "IMDS/150.870.65.1497";

        // The header first: clients recognise the service by this very answer to a request without it.
        if (!context.Request.Headers["Metadata"].ToString().Equals("true", StringComparison.OrdinalIgnoreCase))
            return RefuseAsync(context, "invalid_request", "Required metadata header not specified");
        if (!query.ContainsKey("api-version"))
            return RefuseAsync(context, "invalid_request", "Required query variable 'api-version' is missing");
        if (resource.Length == 0)
            return RefuseAsync(context, "invalid_request", "Required query variable 'resource' is missing");
        if (ManagedIdentityTokens.Find(emulator.Directory, query) is not { } identity)
            return RefuseAsync(context, "invalid_request", "Identity not found");
        if (emulator.Directory.FindResource(resource) is not { } known)
            return PassOnAsync(context, Refusals.UnknownResource(resource, identity.Tenant.DisplayName));

        IssuedToken token = emulator.ImdsTokens.Get(identity, known, resource, context.Fault());
        return context.AnswerAsync(new JsonObject
        {
            ["access_token"] = token.Value,
            ["client_id"] = identity.ClientId.ToString(),
            ["expires_in"] = token.ExpiresIn.ToString(CultureInfo.InvariantCulture),
            ["expires_on"] = token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["ext_expires_in"] = ((long)identity.TokenLifetime.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            ["not_before"] = token.NotBefore.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = resource,
            ["token_type"] = "Bearer",
        });
    }

    private static Task RefuseAsync(HttpContext context, string error, string description) => context.AnswerAsync(
        new JsonObject { ["error"] = error, ["error_description"] = description }, StatusCodes.Status400BadRequest);

    // What Entra says is handed on as it is.
    private static Task PassOnAsync(HttpContext context, EntraError error) =>
        context.AnswerAsync(error.Body($"{Guid.NewGuid()}", $"{Guid.NewGuid()}", Authority), error.Status);
}
