using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// Cloud Shell looks like a managed identity, but the tokens are those of the user in front of it, and only for the
/// audiences on its list. Of Azure Monitor's, that is the query API of Log Analytics alone.
/// </summary>
internal static class CloudShellEndpoints
{
    public const string Path = "/cloud-shell/oauth2/token";

    private static readonly string[] Audiences =
    [
        "https://management.core.windows.net/",
        "https://management.azure.com/",
        "https://graph.windows.net/",
        "https://vault.azure.net",
        "https://datalake.azure.net/",
        "https://outlook.office365.com/",
        "https://graph.microsoft.com/",
        "https://batch.core.windows.net/",
        "https://analysis.windows.net/powerbi/api",
        "https://storage.azure.com/",
        "https://rest.media.azure.net",
        "https://api.loganalytics.io",
        "https://ossrdbms-aad.database.windows.net",
        "https://www.yammer.com",
        "https://digitaltwins.azure.net",
        "https://dev.azuresynapse.net",
        "https://database.windows.net",
        "https://quantum.microsoft.com",
        "https://iothubs.azure.net",
        "https://azuredatabricks.net/",
        "https://azure-devices-provisioning.net",
        "https://managedhsm.azure.net",
        "https://api.adu.microsoft.com/",
        "https://purview.azure.net/",
    ];

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapManagedIdentity(HttpMethods.Post, Path, context => Answer(context, emulator.Directory), Error);

    private static JsonObject Answer(HttpContext context, EntraDirectory directory)
    {
        context.RequireHeader("Metadata", "true", StatusCodes.Status400BadRequest);
        string resource = ManagedIdentityEndpoints.Required(
            context.Recorded().Form.GetValueOrDefault("resource", ""), "resource");
        if (!Audiences.Any(audience => Resource.Key(audience) == Resource.Key(resource)))
        {
            throw new ManagedIdentityException(
                StatusCodes.Status400BadRequest,
                "AudienceNotSupported",
                $"Audience {resource} is not a supported MSI token audience. Supported audiences: "
                    + string.Join(',', Audiences));
        }

        IssuedToken token = UserTokens.Issue(directory, directory.User, resource, lifetime: null, context.Fault());
        return new JsonObject
        {
            ["access_token"] = token.Value,
            ["refresh_token"] = "",
            ["expires_in"] = token.ExpiresIn.ToString(CultureInfo.InvariantCulture),
            ["expires_on"] = token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["not_before"] = token.NotBefore.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = resource,
            ["token_type"] = "Bearer",
        };
    }

    private static JsonObject Error(string code, string message) =>
        new() { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } };
}
