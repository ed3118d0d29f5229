using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The resources of a subscription, in pages of <c>$top</c>: with a nextLink that goes on where a page ends, and none on
/// the last one.
/// </summary>
internal static class ResourceList
{
    /// <summary>How many there are.</summary>
    private const int Count = 7;

    /// <summary>How many a page has unless the request says.</summary>
    private const int PageSize = 1000;

    public static JsonObject Page(HttpContext context, EntraDirectory directory)
    {
        IQueryCollection query = context.Request.Query;
        int top = int.TryParse(query["$top"], out int asked) && asked > 0 ? asked : PageSize;
        int start = int.TryParse(query["$skiptoken"], out int token) ? token : 0;
        int end = Math.Min(start + top, Count);
        var page = new JsonObject
        {
            ["value"] = new JsonArray(
                [.. Enumerable.Range(start, Math.Max(0, end - start)).Select(index => ResourceJson(directory, index))]),
        };
        if (end < Count)
        {
            page["nextLink"] = $"https://{context.Request.Host.Host}{context.Request.Path}?api-version="
                + $"{Uri.EscapeDataString(query["api-version"].ToString())}&%24top={top}&%24skiptoken="
                + end.ToString(CultureInfo.InvariantCulture);
        }

        return page;
    }

    private static JsonObject ResourceJson(EntraDirectory directory, int index) => new()
    {
        ["id"] = $"/subscriptions/{directory.SubscriptionId}/resourceGroups/{EntraDirectory.ResourceGroup}"
            + $"/providers/Microsoft.Compute/virtualMachines/vm-{index}",
        ["name"] = $"vm-{index}",
        ["type"] = "Microsoft.Compute/virtualMachines",
        ["location"] = "westeurope",
    };
}
