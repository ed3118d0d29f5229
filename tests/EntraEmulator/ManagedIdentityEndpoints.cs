using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// What hosts of managed identities have in common. They differ in the method, in the header that shows who asks, and in
/// the form of their errors.
/// </summary>
internal static class ManagedIdentityEndpoints
{
    public static void MapManagedIdentity(
        this IEndpointRouteBuilder routes, string method, string path, Func<HttpContext, JsonObject> answer, Func<string, string, JsonObject> error) =>
        routes.MapMethods(path, [method], context => AnswerAsync(context, answer, error)).RequireHost(Hosts.Loopback);

    public static void RequireHeader(this HttpContext context, string name, string value, int status = StatusCodes.Status401Unauthorized)
    {
        if (!context.Request.Headers[name].ToString().Equals(value, StringComparison.OrdinalIgnoreCase))
            throw new ManagedIdentityException(status, "unauthorized_client", $"The {name} header is missing or wrong.");
    }

    public static void RequireVersion(this HttpContext context, string version)
    {
        if (context.Request.Query["api-version"].ToString() != version)
            throw new ManagedIdentityException(StatusCodes.Status400BadRequest, "invalid_request", $"The api-version is not {version}.");
    }

    public static string Required(string value, string name) =>
        value.Length > 0 ? value : throw new ManagedIdentityException(StatusCodes.Status400BadRequest, "invalid_request", $"The {name} is missing.");

    public static void RequireResource(EntraDirectory directory, string resource, Tenant tenant)
    {
        if (directory.FindResource(resource) is not null)
            return;
        EntraError unknown = EntraError.UnknownResource(resource, tenant);
        throw new ManagedIdentityException(StatusCodes.Status400BadRequest, unknown.Error, $"AADSTS{unknown.Code}: {unknown.Message}");
    }

    /// <summary>A token, in the members that all hosts give. A null identity is one that was named and is not there.</summary>
    public static JsonObject Token(HttpContext context, EntraDirectory directory, ManagedIdentity? identity)
    {
        string resource = Required(context.Request.Query["resource"].ToString(), "resource");
        if (identity is null)
            throw new ManagedIdentityException(StatusCodes.Status400BadRequest, "invalid_request", "Identity not found");
        RequireResource(directory, resource, identity.Tenant);

        IssuedToken token = ManagedIdentityTokens.Issue(identity, resource, context.Fault());
        return new JsonObject
        {
            ["access_token"] = token.Value,
            ["client_id"] = identity.ClientId.ToString(),
            ["expires_on"] = token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = resource,
            ["token_type"] = "Bearer",
        };
    }

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, JsonObject> answer, Func<string, string, JsonObject> error)
    {
        try
        {
            await context.AnswerAsync(answer(context));
        }
        catch (ManagedIdentityException refusal)
        {
            await context.AnswerAsync(error(refusal.Code, refusal.Message), refusal.Status);
        }
    }
}

/// <summary>Ends a request for a managed identity's token.</summary>
internal sealed class ManagedIdentityException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;
}
