using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>Where clients learn about an authority: which hosts are one cloud, where its endpoints are, which keys sign.</summary>
internal static class DiscoveryEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        routes.MapLogin(HttpMethods.Get, "/common/discovery/instance", AnswerInstanceAsync);
        routes.MapLogin(HttpMethods.Get, "/{tenant}/.well-known/openid-configuration", context => AnswerConfigurationAsync(context, emulator.Directory, v2: false));
        routes.MapLogin(HttpMethods.Get, "/{tenant}/v2.0/.well-known/openid-configuration", context => AnswerConfigurationAsync(context, emulator.Directory, v2: true));
        routes.MapLogin(HttpMethods.Get, "/{tenant}/discovery/keys", context => AnswerKeysAsync(context, emulator.Directory));
        routes.MapLogin(HttpMethods.Get, "/{tenant}/discovery/v2.0/keys", context => AnswerKeysAsync(context, emulator.Directory));
    }

    private static Task AnswerInstanceAsync(HttpContext context)
    {
        if (!Uri.TryCreate(context.Request.Query["authorization_endpoint"], UriKind.Absolute, out Uri? endpoint))
            throw new EntraException(EntraError.MissingParameter("authorization_endpoint"));
        if (!Hosts.Login.ContainsKey(endpoint.Host) && endpoint.Authority != context.Request.Host.Value)
            throw new EntraException(EntraError.UnknownInstance());

        string tenant = endpoint.Segments.ElementAtOrDefault(1)?.TrimEnd('/') ?? "common";
        string version = endpoint.AbsolutePath.Contains("/v2.0/", StringComparison.Ordinal) ? "/v2.0" : "";
        return context.AnswerAsync(new JsonObject
        {
            ["tenant_discovery_endpoint"] = $"https://{endpoint.Authority}/{tenant}{version}/.well-known/openid-configuration",
            ["api-version"] = "1.1",
            ["metadata"] = new JsonArray(
                CloudMetadata("login.microsoftonline.com", "login.windows.net", "login.windows.net", "login.microsoft.com", "sts.windows.net"),
                CloudMetadata("login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"),
                CloudMetadata("login.microsoftonline.us", "login.microsoftonline.us", "login.usgovcloudapi.net")),
        });
    }

    private static JsonObject CloudMetadata(string network, string cache, params string[] otherAliases) => new()
    {
        ["preferred_network"] = network,
        ["preferred_cache"] = cache,
        ["aliases"] = new JsonArray([network, .. otherAliases]),
    };

    private static Task AnswerConfigurationAsync(HttpContext context, EntraDirectory directory, bool v2)
    {
        string tenant = TenantSegment(context, directory);
        string authority = $"https://{context.Request.Host}/{tenant}";
        string oauth2 = v2 ? $"{authority}/oauth2/v2.0" : $"{authority}/oauth2";
        return context.AnswerAsync(new JsonObject
        {
            ["token_endpoint"] = $"{oauth2}/token",
            ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_post", "private_key_jwt", "client_secret_basic"),
            ["jwks_uri"] = v2 ? $"{authority}/discovery/v2.0/keys" : $"https://{context.Request.Host}/common/discovery/keys",
            ["response_modes_supported"] = new JsonArray("query", "fragment", "form_post"),
            ["subject_types_supported"] = new JsonArray("pairwise"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
            ["response_types_supported"] = new JsonArray("code", "id_token", "code id_token", "id_token token"),
            ["scopes_supported"] = new JsonArray("openid", "profile", "email", "offline_access"),
            ["issuer"] = Issuer(tenant, v2),
            ["authorization_endpoint"] = $"{oauth2}/authorize",
            ["device_authorization_endpoint"] = $"{oauth2}/devicecode",
            ["end_session_endpoint"] = $"{oauth2}/logout",
            ["claims_supported"] = new JsonArray("sub", "iss", "aud", "exp", "iat", "tid", "ver", "oid"),
            ["tenant_region_scope"] = "EU",
            ["cloud_instance_name"] = context.Request.Host.Host,
            ["cloud_graph_host_name"] = "graph.windows.net",
            ["msgraph_host"] = "graph.microsoft.com",
        });
    }

    private static Task AnswerKeysAsync(HttpContext context, EntraDirectory directory) =>
        context.AnswerAsync(new JsonObject { ["keys"] = new JsonArray(SigningKey.ToJson(Issuer(TenantSegment(context, directory), v2: true))) });

    private static string TenantSegment(HttpContext context, EntraDirectory directory) =>
        context.IsForSharedTenant() ? context.TenantName() : context.Tenant(directory).Id.ToString();

    // For the shared tenants Entra gives a template.
    private static string Issuer(string tenant, bool v2)
    {
        string id = Guid.TryParse(tenant, out _) ? tenant : "{tenantid}";
        return v2 ? TokenIssuer.V2Issuer(id) : TokenIssuer.Issuer(id);
    }
}
