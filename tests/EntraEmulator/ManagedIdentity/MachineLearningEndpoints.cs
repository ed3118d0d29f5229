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

    // Most clients always name an identity, for the compute's own the one in DEFAULT_IDENTITY_CLIENT_ID. Whoever names
    // none, or what is no id at all, gets the compute's own (azure-sdk-for-python #31032, #36047; where single sign-on is
    // on, the real one answers for the logged-in user instead).
    private static ManagedIdentity? Find(EntraDirectory directory, string clientId) =>
        !Guid.TryParse(clientId, out Guid id) || id == directory.SystemIdentity.ClientId
            ? directory.SystemIdentity
            : directory.FindUserIdentity(clientId);

    private static JsonObject Error(string code, string message) =>
        new() { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } };
}
