using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The document in which an authority describes itself, in the members and the order that Entra's has.
/// </summary>
internal static class OpenIdConfiguration
{
    private static readonly string[] ClaimsOfV2 =
    [
        "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host", "aud",
        "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash",
        "email",
    ];

    private static readonly string[] ClaimsOfV1 =
    [
        "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host", "aud",
        "exp", "iat", "auth_time", "acr", "amr", "nonce", "email", "given_name", "family_name", "nickname",
    ];

    public static JsonObject Of(HttpContext context, string tenant, bool v2)
    {
        string host = context.Request.Host.Value!;
        string authority = $"https://{host}/{tenant}";
        string oauth2 = v2 ? $"{authority}/oauth2/v2.0" : $"{authority}/oauth2";
        Cloud cloud = context.Cloud() ?? Cloud.Public;
        bool isShared = !Guid.TryParse(tenant, out _);
        var document = new JsonObject
        {
            ["token_endpoint"] = $"{oauth2}/token",
            ["token_endpoint_auth_methods_supported"] =
                List("client_secret_post", "private_key_jwt", "client_secret_basic", "self_signed_tls_client_auth"),
            ["mtls_endpoint_aliases"] = new JsonObject
            {
                ["token_endpoint"] = $"https://mtlsauth.microsoft.com/{tenant}/oauth2{(v2 ? "/v2.0" : "")}/token",
            },
            ["jwks_uri"] = v2 ? $"{authority}/discovery/v2.0/keys" : $"https://{host}/common/discovery/keys",
            ["response_modes_supported"] = List("query", "fragment", "form_post"),
            ["subject_types_supported"] = List("pairwise"),
            ["id_token_signing_alg_values_supported"] = List("RS256"),
            ["response_types_supported"] = v2
                ? List("code", "id_token", "code id_token", "id_token token")
                : List("code", "id_token", "code id_token", "token id_token", "token"),
            ["scopes_supported"] = v2 ? List("openid", "profile", "email", "offline_access") : List("openid"),
            ["issuer"] = Issuer(tenant, v2),
        };
        if (v2)
        {
            document["request_uri_parameter_supported"] = false;
            document["userinfo_endpoint"] = $"https://{GraphHost(cloud)}/oidc/userinfo";
        }
        else
        {
            document["microsoft_multi_refresh_token"] = true;
        }

        document["authorization_endpoint"] = $"{oauth2}/authorize";
        document["device_authorization_endpoint"] = $"{oauth2}/devicecode";
        document["http_logout_supported"] = true;
        document["frontchannel_logout_supported"] = true;
        document["end_session_endpoint"] = $"{oauth2}/logout";
        document["claims_supported"] = List(v2 ? ClaimsOfV2 : ClaimsOfV1);
        if (!v2)
        {
            document["check_session_iframe"] = $"{oauth2}/checksession";
            document["userinfo_endpoint"] = $"{authority}/openid/userinfo";
        }

        document["kerberos_endpoint"] = $"{authority}/kerberos";
        document["tls_client_certificate_bound_access_tokens"] = true;
        document["tenant_region_scope"] = isShared ? null : "WW";
        document["cloud_instance_name"] = CloudName(cloud);
        document["cloud_graph_host_name"] = "graph.windows.net";
        document["msgraph_host"] = GraphHost(cloud);
        document["rbac_url"] = "https://pas.windows.net";
        return document;
    }

    /// <summary>The issuer of a tenant's tokens; for the shared tenants Entra gives a template.</summary>
    public static string Issuer(string tenant, bool v2)
    {
        string id = Guid.TryParse(tenant, out _) ? tenant : "{tenantid}";
        return v2 ? TokenIssuer.V2Issuer(id) : TokenIssuer.Issuer(id);
    }

    /// <summary>The cloud as its documents call it.</summary>
    public static string CloudName(Cloud cloud) => cloud switch
    {
        Cloud.UsGovernment => "microsoftonline.us",
        Cloud.China => "partner.microsoftonline.cn",
        _ => "microsoftonline.com",
    };

    private static string GraphHost(Cloud cloud) => cloud switch
    {
        Cloud.UsGovernment => "graph.microsoft.us",
        Cloud.China => "microsoftgraph.chinacloudapi.cn",
        _ => "graph.microsoft.com",
    };

    private static JsonArray List(params string[] values) => [.. values.Select(value => (JsonNode)value)];
}
