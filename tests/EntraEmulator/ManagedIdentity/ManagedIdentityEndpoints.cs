using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// What hosts of managed identities have in common. They differ in the method, in the header that shows who asks, and
/// in
/// the form of their answers.
/// </summary>
internal static class ManagedIdentityEndpoints
{
    public delegate Task Answer(HttpContext context, JsonObject body, int status);

    public static void MapManagedIdentity(
        this IEndpointRouteBuilder routes,
        string method,
        string path,
        Func<HttpContext, JsonObject> answer,
        Func<string, string, JsonObject> error,
        Answer? send = null)
    {
        send ??= (context, body, status) => context.AnswerAsync(body, status);
        routes.MapMethods(path, [method], context => AnswerAsync(context, answer, error, send))
            .RequireHost(Hosts.Loopback);
    }

    public static void RequireHeader(
        this HttpContext context, string name, string value, int status = StatusCodes.Status401Unauthorized)
    {
        if (!context.Request.Headers[name].ToString().Equals(value, StringComparison.OrdinalIgnoreCase))
            throw new ManagedIdentityException(
                status, "unauthorized_client", $"The {name} header is missing or wrong.");
    }

    public static void RequireVersion(this HttpContext context, string version)
    {
        if (context.Request.Query["api-version"].ToString() != version)
            throw Invalid($"The api-version is not {version}.");
    }

    public static string Required(string value, string name) =>
        value.Length > 0 ? value : throw Invalid($"The {name} is missing.");

    public static Resource RequireResource(EntraDirectory directory, string resource, Tenant tenant)
    {
        if (directory.FindResource(resource) is { } known)
            return known;
        EntraError unknown = Refusals.UnknownResource(resource, tenant.DisplayName);
        throw new ManagedIdentityException(
            StatusCodes.Status400BadRequest, unknown.Error, $"AADSTS{unknown.Code}: {unknown.Message}");
    }

    /// <summary>
    /// A token for the resource in the query. A null identity is one that was named and is not there.
    /// </summary>
    public static (IssuedToken Token, string Resource) Issue(
        HttpContext context, EntraDirectory directory, ManagedIdentity? identity)
    {
        string resource = Required(context.Request.Query["resource"].ToString(), "resource");
        if (identity is null)
            throw Invalid("Identity not found");
        Resource known = RequireResource(directory, resource, identity.Tenant);
        return (ManagedIdentityTokens.Issue(identity, known, resource, context.Fault()), resource);
    }

    /// <summary>The same as the answer of a host of which nothing more is known.</summary>
    public static JsonObject Token(HttpContext context, EntraDirectory directory, ManagedIdentity? identity)
    {
        (IssuedToken token, string resource) = Issue(context, directory, identity);
        return new JsonObject
        {
            ["access_token"] = token.Value,
            ["client_id"] = identity!.ClientId.ToString(),
            ["expires_on"] = token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = resource,
            ["token_type"] = "Bearer",
        };
    }

    private static ManagedIdentityException Invalid(string message) =>
        new(StatusCodes.Status400BadRequest, "invalid_request", message);

    private static async Task AnswerAsync(
        HttpContext context, Func<HttpContext, JsonObject> answer, Func<string, string, JsonObject> error, Answer send)
    {
        try
        {
            await send(context, answer(context), StatusCodes.Status200OK);
        }
        catch (ManagedIdentityException refusal)
        {
            await send(context, error(refusal.Code, refusal.Message), refusal.Status);
        }
    }
}
