using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The managed identity endpoint of a compute of Azure Machine Learning, in the manner of App Service's first version.
/// </summary>
internal static class MachineLearningEndpoints
{
    public const string Path = "/machine-learning/msi/token";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapManagedIdentity(HttpMethods.Get, Path, context => Answer(context, emulator), Error);

    private static JsonObject Answer(HttpContext context, Emulator emulator)
    {
        context.RequireHeader("secret", emulator.MachineLearningSecret);
        context.RequireVersion("2017-09-01");
        return ManagedIdentityEndpoints.Token(
            context, emulator.Directory, Find(emulator.Directory, context.Request.Query["clientid"].ToString()));
    }

    // Clients always name an identity here: for the machine's own they take the id from a variable.
    private static ManagedIdentity? Find(EntraDirectory directory, string clientId) =>
        directory.UserIdentities.Append(directory.SystemIdentity)
            .FirstOrDefault(
                identity => clientId.Equals(identity.ClientId.ToString(), StringComparison.OrdinalIgnoreCase));

    private static JsonObject Error(string code, string message) =>
        new() { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } };
}
