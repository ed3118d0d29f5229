using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>Gives an app without a browser a code for its user to enter in one.</summary>
internal static class DeviceCodeEndpoints
{
    private const string Page = "https://microsoft.com/devicelogin";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapLogin(
            HttpMethods.Post,
            "/{tenant}/oauth2/v2.0/devicecode",
            context => AnswerAsync(new TokenRequest(context, emulator)));

    private static Task AnswerAsync(TokenRequest request)
    {
        App app = request.FindApp();
        string scope = request.Required("scope");
        request.FindResource(RequestedScope.ForUser(scope).Audience);

        DeviceCodes codes = request.Emulator.DeviceCodes;
        (string secret, DeviceCode code) = codes.Add(
            app, scope, request.FirstUser(), EntraHeaders.CorrelationId(request.Context));
        EntraHeaders.WriteTelemetry(request.Context);
        return request.Context.AnswerAsync(new JsonObject
        {
            ["user_code"] = code.UserCode,
            ["device_code"] = secret,
            ["verification_uri"] = Page,
            ["expires_in"] = (int)codes.ExpiresIn.TotalSeconds,
            ["interval"] = (int)codes.Interval.TotalSeconds,
            ["message"] = $"To sign in, use a web browser to open the page {Page} "
                + $"and enter the code {code.UserCode} to authenticate.",
        });
    }
}
