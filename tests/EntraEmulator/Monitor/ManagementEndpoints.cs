using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>As much of Azure Resource Manager as a login of the Azure CLI asks for.</summary>
internal static class ManagementEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        List("/subscriptions", SubscriptionJson);
        List("/tenants", TenantJson);

        void List(string path, Func<EntraDirectory, JsonObject> item) =>
            routes.MapGet(path, context => AnswerAsync(context, emulator.Directory, item))
                .RequireHost([.. Hosts.ResourceManager.Keys]);
    }

    private static async Task AnswerAsync(
        HttpContext context, EntraDirectory directory, Func<EntraDirectory, JsonObject> item)
    {
        string domain = context.Request.Host.Host["management.".Length..];
        string core = domain == "azure.com" ? "core.windows.net" : $"core.{domain}";
        string[] audiences =
        [
            .. Resource.Spellings($"https://management.{domain}"),
            .. Resource.Spellings($"https://management.{core}"),
        ];
        BearerTokenState state = await BearerToken.CheckAsync(context, directory, audiences);
        (string code, string message) = state switch
        {
            BearerTokenState.Valid => ("", ""),
            BearerTokenState.Missing => (
                "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."),
            BearerTokenState.WrongAudience => (
                "InvalidAuthenticationTokenAudience",
                "The access token has been obtained for wrong audience or resource."),
            BearerTokenState.NotInItsTime => (
                "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."),
            _ => ("InvalidAuthenticationToken", "The access token is invalid."),
        };

        if (state == BearerTokenState.Valid)
        {
            await context.AnswerAsync(new JsonObject { ["value"] = new JsonArray(item(directory)) });
            return;
        }

        context.Response.Headers.WWWAuthenticate =
            $"Bearer authorization_uri=\"https://login.microsoftonline.com/{directory.Tenant.Id}\", "
            + $"error=\"invalid_token\", error_description=\"{message}\"";
        await context.AnswerAsync(
            new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } },
            StatusCodes.Status401Unauthorized);
    }

    private static JsonObject SubscriptionJson(EntraDirectory directory) => new()
    {
        ["id"] = $"/subscriptions/{directory.SubscriptionId}",
        ["authorizationSource"] = "RoleBased",
        ["managedByTenants"] = new JsonArray(),
        ["subscriptionId"] = directory.SubscriptionId.ToString(),
        ["tenantId"] = directory.Tenant.Id.ToString(),
        ["displayName"] = "Emulated subscription",
        ["state"] = "Enabled",
        ["subscriptionPolicies"] = new JsonObject
        {
            ["locationPlacementId"] = "Public_2014-09-01",
            ["quotaId"] = "PayAsYouGo_2014-09-01",
            ["spendingLimit"] = "Off",
        },
    };

    private static JsonObject TenantJson(EntraDirectory directory) => new()
    {
        ["id"] = $"/tenants/{directory.Tenant.Id}",
        ["tenantId"] = directory.Tenant.Id.ToString(),
        ["displayName"] = directory.Tenant.DisplayName,
        ["defaultDomain"] = directory.Tenant.Domain,
        ["tenantCategory"] = "Home",
        ["domains"] = new JsonArray(directory.Tenant.Domain),
    };
}
