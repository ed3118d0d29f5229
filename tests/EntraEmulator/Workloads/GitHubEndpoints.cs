using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>The runner's side of GitHub Actions: gives a job that may ask for it a token about itself.</summary>
internal static class GitHubEndpoints
{
    public const string Path = "/github/oidc";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapGet(Path, context => AnswerAsync(context, emulator)).RequireHost(Hosts.Loopback);

    private static Task AnswerAsync(HttpContext context, Emulator emulator)
    {
        if (!context.Request.Headers.Authorization.ToString().Equals(
            $"bearer {emulator.GitHub.RequestToken}", StringComparison.OrdinalIgnoreCase))
            return context.AnswerAsync(
                new JsonObject { ["message"] = "Bad credentials" }, StatusCodes.Status401Unauthorized);

        string audience = context.Request.Query["audience"].ToString();
        string token = emulator.Issuers.GitHub.Issue(
            subject: null,
            // Without one, the owner of the repository.
            audience.Length > 0 ? audience : "https://github.com/contoso",
            TimeSpan.FromMinutes(5),
            new Dictionary<string, object>
            {
                ["repository"] = "contoso/monitor",
                ["repository_owner"] = "contoso",
                ["ref"] = "refs/heads/main",
                ["ref_type"] = "branch",
                ["event_name"] = "push",
                ["workflow"] = "monitor",
                ["runner_environment"] = "github-hosted",
            });
        return context.AnswerAsync(new JsonObject { ["count"] = token.Length, ["value"] = token });
    }
}
