using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// What all endpoints of an authority have in common: their hosts, the tenant in the path, and the form of their
/// errors.
/// </summary>
internal static class LoginEndpoints
{
    private static readonly string[] SharedTenants = ["common", "organizations", "consumers"];

    public static void MapLogin(
        this IEndpointRouteBuilder routes, string method, string path, RequestDelegate endpoint) =>
        routes.MapMethods(path, [method], context => AnswerAsync(context, endpoint))
            .RequireHost(Hosts.LoginAndLoopback);

    /// <summary>The tenant that the path names, or Entra's reason why there is none.</summary>
    public static Tenant Tenant(this HttpContext context, EntraDirectory directory)
    {
        string name = context.TenantName();
        return directory.FindTenant(name)
            ?? throw new EntraException(
                IsWellFormed(name) ? Refusals.UnknownTenant(name) : Refusals.MalformedTenant(name));
    }

    /// <summary>Whether the path names no tenant, and so the home of whoever signs in.</summary>
    public static bool IsForSharedTenant(this HttpContext context) =>
        SharedTenants.Contains(context.TenantName(), StringComparer.OrdinalIgnoreCase);

    public static string TenantName(this HttpContext context) => (string)context.Request.RouteValues["tenant"]!;

    /// <summary>The cloud of the authority that was asked; null on loopback, which stands for all of them.</summary>
    public static Cloud? Cloud(this HttpContext context) => Hosts.CloudOfLogin(context.Request.Host.Host);

    private static bool IsWellFormed(string tenant) =>
        Guid.TryParse(tenant, out _)
        || (tenant.Contains('.', StringComparison.Ordinal) && Uri.CheckHostName(tenant) == UriHostNameType.Dns);

    private static async Task AnswerAsync(HttpContext context, RequestDelegate endpoint)
    {
        try
        {
            EntraHeaders.Write(context);
            await endpoint(context);
        }
        catch (EntraException refusal)
        {
            if (refusal.CorrelationId is not null)
                EntraHeaders.Correlate(context, refusal.CorrelationId);
            await refusal.Error.AnswerAsync(context);
        }
    }
}
