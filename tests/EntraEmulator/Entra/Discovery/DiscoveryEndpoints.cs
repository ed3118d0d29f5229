using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// Where clients learn about an authority: which hosts are one cloud, where its endpoints are, which keys sign.
/// </summary>
internal static class DiscoveryEndpoints
{
    public const string Configuration = "/.well-known/openid-configuration";

    private const string Keys = "/{tenant}/discovery/keys";
    private const string KeysV2 = "/{tenant}/discovery/v2.0/keys";

    // The preferred network, the preferred cache, and the aliases. Germany's cloud is gone, and still listed.
    private static readonly (string Network, string Cache, string[] Aliases)[] Clouds =
    [
        (
            "login.microsoftonline.com",
            "login.windows.net",
            ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]),
        (
            "login.partner.microsoftonline.cn",
            "login.partner.microsoftonline.cn",
            ["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"]),
        ("login.microsoftonline.de", "login.microsoftonline.de", ["login.microsoftonline.de"]),
        (
            "login.microsoftonline.us",
            "login.microsoftonline.us",
            ["login.microsoftonline.us", "login.usgovcloudapi.net"]),
        ("login-us.microsoftonline.com", "login-us.microsoftonline.com", ["login-us.microsoftonline.com"]),
    ];

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        EntraDirectory directory = emulator.Directory;
        MapDiscovery("/common/discovery/instance", AnswerInstanceAsync);
        MapDiscovery("/{tenant}" + Configuration, context => AnswerConfigurationAsync(context, directory, v2: false));
        MapDiscovery(
            "/{tenant}/v2.0" + Configuration, context => AnswerConfigurationAsync(context, directory, v2: true));
        MapDiscovery(Keys, context => AnswerKeysAsync(context, directory));
        MapDiscovery(KeysV2, context => AnswerKeysAsync(context, directory));

        void MapDiscovery(string path, RequestDelegate endpoint) => routes.MapLogin(HttpMethods.Get, path, context =>
        {
            EntraHeaders.WriteCacheable(context);
            return endpoint(context);
        });
    }

    /// <summary>The same error has another name here than at the token endpoint.</summary>
    public static EntraError InDiscovery(EntraError error) =>
        error.Code == 90002 ? error with { Error = "invalid_tenant" } : error;

    private static Task AnswerInstanceAsync(HttpContext context)
    {
        if (!Uri.TryCreate(context.Request.Query["authorization_endpoint"], UriKind.Absolute, out Uri? endpoint))
            throw new EntraException(Refusals.MissingParameter("authorization_endpoint"));
        if (!IsKnown(endpoint))
            throw new EntraException(Refusals.UnknownInstance());

        string tenant = endpoint.Segments.ElementAtOrDefault(1)?.TrimEnd('/') ?? "common";
        string version = endpoint.AbsolutePath.Contains("/v2.0/", StringComparison.Ordinal) ? "/v2.0" : "";
        return context.AnswerAsync(new JsonObject
        {
            ["tenant_discovery_endpoint"] = $"https://{endpoint.Authority}/{tenant}{version}{Configuration}",
            ["api-version"] = "1.1",
            ["metadata"] = new JsonArray([.. Clouds.Select(cloud => new JsonObject
            {
                ["preferred_network"] = cloud.Network,
                ["preferred_cache"] = cloud.Cache,
                ["aliases"] = new JsonArray([.. cloud.Aliases.Select(alias => JsonValue.Create(alias))]),
            })]),
        });
    }

    // Whichever cloud is asked, it knows the hosts of Microsoft's; and the emulator itself, where no proxy is needed.
    private static bool IsKnown(Uri endpoint) =>
        endpoint.Scheme == "https"
        && (Hosts.CloudOfLogin(endpoint.Host) is not null and not Cloud.Sovereign and not Cloud.Fabrikam
            || Clouds.Any(cloud => cloud.Aliases.Contains(endpoint.Host, StringComparer.OrdinalIgnoreCase))
            || Hosts.Loopback.Contains(endpoint.Host));

    private static Task AnswerConfigurationAsync(HttpContext context, EntraDirectory directory, bool v2) =>
        context.AnswerAsync(OpenIdConfiguration.Of(context, TenantSegment(context, directory), v2));

    private static Task AnswerKeysAsync(HttpContext context, EntraDirectory directory)
    {
        string issuer = OpenIdConfiguration.Issuer(TenantSegment(context, directory), v2: true);
        return context.AnswerAsync(new JsonObject { ["keys"] = new JsonArray(SigningKey.ToJson(issuer)) });
    }

    // Here a name that could be none is not told apart from one that is not known.
    private static string TenantSegment(HttpContext context, EntraDirectory directory)
    {
        string name = context.TenantName();
        if (context.IsForSharedTenant())
            return name;
        return directory.FindTenant(name)?.Id.ToString()
            ?? throw new EntraException(InDiscovery(Refusals.UnknownTenant(name)));
    }
}
