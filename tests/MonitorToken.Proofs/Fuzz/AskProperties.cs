using System.Text.RegularExpressions;
using MonitorToken.Engine.Credentials;
using static MonitorToken.TokenError;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>What a caller asks for: resources, addresses, scopes, tenants, authorities.</summary>
internal static class AskProperties
{
    private static readonly string[] Resources =
    [
        "LogAnalytics", "Logs", "ARM", "Prometheus", "CustomMetrics", "https://api.loganalytics.io",
        "https://monitoring.azure.com/", "https://x.example//", "api://0b1c2d3e-0000-0000-0000-000000000000/x",
        "0b1c2d3e-0000-0000-0000-000000000000", "https://api.loganalytics.io/.default", "https://", "https://[::1]/",
    ];

    private static readonly string[] Scopes =
    [
        "https://api.loganalytics.io/Data.Read", "offline_access", "openid", "https://x/.default", "api://x/y", "/",
        "//",
    ];

    private static readonly string[] Tenants =
        ["contoso.onmicrosoft.com", "72f988bf-86f1-41af-91ab-2d7cd011db47", "common", "organizations", "a", "9", "-"];

    private static readonly string[] Authorities =
    [
        "https://login.microsoftonline.com", "https://login.microsoftonline.us/", "https://login.chinacloudapi.cn",
        "https://localhost:8443", "https://login.contoso.example/adfs",
    ];

    public static IReadOnlyList<Property> All { get; } =
    [
        Property.Of(
            "An address leads to a resource only if its host is granted", 35_000, Addresses
                .Any, address => Uri(address)),
        Property.Of("A true address leads to its resource", 3_000, Addresses.True, TrueUri),
        Property.Of(
            "A resource is a name, or is asked for to the letter",
            12_000,
            draw => Any(draw, Resources),
            resource => Resource(resource)),
        Property.Of("Scopes are asked for to the letter", 8_000, draw => Any(draw, Scopes), Scope),
        Property.Of("A tenant is one part of an address", 15_000, draw => Any(draw, Tenants), Tenant),
        Property.Of("An authority is a known one only by its host", 8_000, draw => Any(draw, Authorities), AuthorityOf),
    ];

    private static string Any(Draw draw, string[] good) => draw.Below(5) switch
    {
        0 => draw.One(good),
        1 => OddText.Of(draw),
        2 => Addresses.Any(draw),
        _ => OddText.Spoil(draw, draw.One(good)),
    };

    private static string? Uri(string address)
    {
        if (!System.Uri.TryCreate(address, UriKind.RelativeOrAbsolute, out Uri? uri))
            return null;

        return Judged.Try(
            () =>
            {
                TokenRequest request = TokenRequest.ForEndpoint(uri);
                (string Audience, AzureEnvironment Cloud)? granted = Grants.Of(address);
                if (granted is null)
                    return $"{request.Resource} is granted to an address that leads nowhere";
                if (granted.Value.Audience != request.Resource || granted.Value.Cloud != request.Environment)
                    return $"{request.Resource} in {request.Environment} is granted and not {granted}";
                if (uri.Scheme != "https" || Grants.OfHost(HostOf(uri)) != granted)
                    return $"{request.Resource} is granted, and {uri.Scheme}://{uri.IdnHost} would be called";
                return request.Scopes.Single() == request.Resource + "/.default" ? null : "the scope is another";
            },
            address,
            secrets: [],
            InvalidResource);
    }

    private static string? TrueUri(string address)
    {
        TokenRequest request = TokenRequest.ForEndpoint(new Uri(address));
        return Grants.Of(address) == (request.Resource, request.Environment!)
            ? null
            : $"{request.Resource} in {request.Environment} is granted";
    }

    private static string? Resource(string resource) => Judged.Try(
        () =>
        {
            // A private authority knows no names.
            foreach (AzureEnvironment? cloud in new[] { AzureEnvironment.AzureChinaCloud, null })
            {
                TokenRequest request = TokenRequest.ForResource(resource, cloud);
                bool isNamed = Grants.Hosts.Any(known => known.Audience == request.Resource && known.Cloud == cloud);
                bool isLiteral = request.Resource == resource
                    && Regex.IsMatch(
                        resource,
                        @"^((https|api)://\S|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z)",
                        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
                if (resource.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
                    && System.Uri.TryCreate(resource, UriKind.Absolute, out Uri? endpoint)
                    && endpoint.AbsolutePath.Any(letter => letter != '/')
                    && Grants.OfHost(HostOf(endpoint)) is not null)
                    return "the address of an endpoint is an audience";
                if (!isLiteral && !(isNamed && resource.All(char.IsAsciiLetter)))
                    return $"'{request.Resource}' is asked for";
                if (request.Resource.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter)))
                    return "a resource with control characters is asked for";
                if (request.Scopes.Single() != request.Resource + "/.default")
                    return "the scope is another";
            }

            return null;
        },
        resource,
        secrets: [],
        InvalidResource);

    private static string? Scope(string scope) => Judged.Try(
        () =>
        {
            TokenRequest request = TokenRequest.ForScopes([scope, "openid"]);
            if (!request.Scopes.SequenceEqual([scope, "openid"]) || request.IsForResource)
                return "other scopes are asked for";
            return scope.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter))
                ? "a scope with control characters is asked for"
                : null;
        },
        scope,
        secrets: [],
        InvalidResource);

    private static string? Tenant(string tenant) => Judged.Try(
        () =>
        {
            CredentialCatalog.CheckTenant(tenant);
            string path = new Uri(new Uri("https://login.microsoftonline.com"), tenant + "/oauth2/token").AbsoluteUri;
            return path == $"https://login.microsoftonline.com/{tenant}/oauth2/token"
                ? null
                : $"it leads to {path}";
        },
        tenant,
        secrets: [],
        InvalidTenant);

    /// <summary>The host that is connected to; for a name that cannot be, the name.</summary>
    private static string HostOf(Uri uri)
    {
        try
        {
            return uri.IdnHost;
        }
        catch (UriFormatException)
        {
            return uri.Host;
        }
    }

    private static string? AuthorityOf(string address)
    {
        if (!System.Uri.TryCreate(address, UriKind.RelativeOrAbsolute, out Uri? uri))
            return null;

        return Judged.Try(
            () =>
            {
                var authority = Authority.For(uri);
                AzureEnvironment? cloud = authority.Host.Host switch
                {
                    "login.microsoftonline.com" => AzureEnvironment.AzureCloud,
                    "login.microsoftonline.us" => AzureEnvironment.AzureUSGovernment,
                    "login.chinacloudapi.cn" => AzureEnvironment.AzureChinaCloud,
                    _ => null,
                };
                if (authority.Host.Scheme != "https" || HostOf(authority.Host) != HostOf(uri))
                    return $"{authority.Host} is asked";
                return authority.Environment == (authority.Host.Port == 443 ? cloud : null)
                    ? null
                    : $"{authority.Host} is taken for {authority.Environment?.ToString() ?? "a private one"}";
            },
            address,
            secrets: [],
            InvalidAuthority);
    }
}
