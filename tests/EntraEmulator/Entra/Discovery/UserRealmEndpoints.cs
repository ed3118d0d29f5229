using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>Tells clients who hold a password where a user's home is: nobody's here is elsewhere.</summary>
internal static class UserRealmEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapLogin(
            HttpMethods.Get, "/{tenant}/userrealm/{user}", context => AnswerAsync(context, emulator.Directory));

    private static Task AnswerAsync(HttpContext context, EntraDirectory directory)
    {
        string user = (string)context.Request.RouteValues["user"]!;
        var answer = new JsonObject { ["ver"] = "1.0", ["account_type"] = "Unknown" };
        if (directory.FindUser(user) is not null)
        {
            answer["account_type"] = "Managed";
            answer["domain_name"] = user.Split('@')[^1];
        }

        answer["cloud_instance_name"] = OpenIdConfiguration.CloudName(context.Cloud() ?? Cloud.Public);
        answer["cloud_audience_urn"] = "urn:federation:MicrosoftOnline";
        return context.AnswerAsync(answer);
    }
}
