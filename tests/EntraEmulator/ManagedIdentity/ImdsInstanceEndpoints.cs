using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// What the metadata service tells about its machine: as much as clients look for that want to know their region
/// (<c>compute/location</c> as text, or all of <c>compute</c>), in the form that the service documents.
/// </summary>
internal static class ImdsInstanceEndpoints
{
    /// <summary>Where the machine is.</summary>
    public const string Region = "westus2";

    private const string MissingVersion =
        "Bad request. api-version was not specified in the request. For more information refer to aka.ms/azureimds";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapGet("/metadata/instance/{**path}", context => AnswerAsync(context, emulator.Directory))
            .RequireHost([.. Hosts.Loopback, Hosts.Metadata]);

    private static Task AnswerAsync(HttpContext context, EntraDirectory directory)
    {
        IQueryCollection query = context.Request.Query;
        context.Response.Headers.Server = "IMDS/150.870.65.1497";
        if (!context.Request.Headers["Metadata"].ToString().Equals("true", StringComparison.OrdinalIgnoreCase))
            return RefuseAsync(context, "Bad request. Required metadata header not specified");
        if (string.IsNullOrEmpty(query["api-version"]))
        {
            return context.AnswerAsync(
                new JsonObject
                {
                    ["error"] = MissingVersion,
                    ["newest-versions"] = new JsonArray("2021-12-13", "2021-11-15", "2021-11-01"),
                },
                StatusCodes.Status400BadRequest);
        }

        JsonNode? found = Machine(directory);
        string path = (string?)context.Request.RouteValues["path"] ?? "";
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            found = (found as JsonObject)?[name];
        bool isText = query["format"] == "text";
        return found switch
        {
            null => RefuseAsync(context, "Not found", StatusCodes.Status404NotFound),
            JsonObject all when !isText => context.AnswerAsync(all),
            // A folder as text is the list of what is in it, and a value is to be had as text alone.
            JsonObject all => AnswerTextAsync(context, string.Join('\n', all.Select(member => member.Key))),
            _ when isText => AnswerTextAsync(context, found.GetValue<string>()),
            _ => RefuseAsync(context, "Bad request. A value is answered with format=text"),
        };
    }

    private static JsonObject Machine(EntraDirectory directory) => new()
    {
        ["compute"] = new JsonObject
        {
            ["azEnvironment"] = "AzurePublicCloud",
            ["location"] = Region,
            ["name"] = directory.SystemIdentity.ResourceId.Split('/')[^1],
            ["osType"] = "Linux",
            ["provider"] = "Microsoft.Compute",
            ["resourceGroupName"] = directory.SystemIdentity.ResourceId.Split('/')[4],
            ["resourceId"] = directory.SystemIdentity.ResourceId,
            ["subscriptionId"] = directory.SubscriptionId.ToString(),
            ["vmSize"] = "Standard_B2s",
        },
    };

    private static Task AnswerTextAsync(HttpContext context, string text)
    {
        context.Record(text);
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text);
    }

    private static Task RefuseAsync(HttpContext context, string error, int status = StatusCodes.Status400BadRequest) =>
        context.AnswerAsync(new JsonObject { ["error"] = error }, status);
}
