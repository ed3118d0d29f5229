using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The search of an Azure Managed Grafana workspace, which finds one dashboard. (The fields are those of Grafana's HTTP
/// API; how the service words its refusals is not recorded.)
/// </summary>
internal static class GrafanaEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) => routes.MapMonitor(
        emulator,
        "/api/search",
        [HttpMethods.Get],
        [$"*.{Hosts.Grafana}"],
        _ => [Resource.Grafana],
        context => context.AnswerAsync(new JsonArray(
            new JsonObject
            {
                ["id"] = 1,
                ["uid"] = "emulated",
                ["title"] = "Emulated dashboard",
                ["type"] = "dash-db",
                ["url"] = "/d/emulated/emulated-dashboard",
            })));
}
