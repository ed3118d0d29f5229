using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// How a cloud describes itself, to anybody: the members that go-azure-sdk and the Azure CLI read of api-version
/// 2022-09-01, as far as an Azure Monitor user may need them.
/// </summary>
internal static class CloudMetadataEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/metadata/endpoints", context => context.AnswerAsync(Fabrikam()))
            .RequireHost("management.fabrikam.example");

    private static JsonObject Fabrikam() => new()
    {
        ["name"] = "FabrikamCloud",
        ["portal"] = "https://portal.fabrikam.example",
        ["authentication"] = new JsonObject
        {
            ["loginEndpoint"] = "https://login.fabrikam.example/",
            ["audiences"] = new JsonArray(
                "https://management.core.fabrikam.example/", "https://management.fabrikam.example"),
            ["tenant"] = "Common",
            ["identityProvider"] = "AAD",
        },
        ["resourceManager"] = "https://management.fabrikam.example/",
        ["graphAudience"] = "https://graph.fabrikam.example/",
        ["logAnalyticsResourceId"] = "https://api.loganalytics.fabrikam.example",
        ["appInsightsResourceId"] = "https://api.applicationinsights.fabrikam.example",
        ["suffixes"] = new JsonObject
        {
            ["keyVaultDns"] = "vault.fabrikam.example",
            ["storage"] = "core.fabrikam.example",
        },
    };
}
