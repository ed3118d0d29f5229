using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The part of Azure DevOps that gives a job of a pipeline a token about one of its service connections.
/// </summary>
internal static class AzurePipelinesEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, Emulator emulator) =>
        routes.MapPost(Path("{project}", "{plan}", "{job}"), context => AnswerAsync(context, emulator))
            .RequireHost(Hosts.Loopback);

    public static string Path(string project, string plan, string job) =>
        $"/contoso/{project}/_apis/distributedtask/hubs/build/plans/{plan}/jobs/{job}/oidctoken";

    private static Task AnswerAsync(HttpContext context, Emulator emulator)
    {
        HttpRequest request = context.Request;
        AzurePipelinesJob job = emulator.AzurePipelines;
        context.Response.Headers["x-vss-e2eid"] = Guid.NewGuid().ToString();

        if (request.Headers.Authorization.ToString() != $"Bearer {job.AccessToken}")
        {
            // Whoever does not ask for the plain answer is taken for a person and shown the way to sign in.
            if (request.Headers["X-TFS-FedAuthRedirect"].ToString().Equals(
                "Suppress", StringComparison.OrdinalIgnoreCase))
                return RefuseAsync(
                    context,
                    StatusCodes.Status401Unauthorized,
                    "UnauthorizedRequestException",
                    "TF400813: The user '' is not authorized to access this resource.");
            context.Response.Redirect("https://spsprodweu1.vssps.visualstudio.com/_signin");
            return Task.CompletedTask;
        }

        if (!request.Query.ContainsKey("api-version"))
            return RefuseAsync(
                context,
                StatusCodes.Status400BadRequest,
                "VssVersionNotSpecifiedException",
                "No api-version was supplied for the \"POST\" request.");
        if (request.Path != job.Path)
            return RefuseAsync(
                context,
                StatusCodes.Status404NotFound,
                "TaskOrchestrationPlanNotFoundException",
                "No plan found for this identifier.");

        string connection = request.Query["serviceConnectionId"].ToString();
        if (connection.Length > 0 && !connection.Equals(
            job.ServiceConnectionId.ToString(), StringComparison.OrdinalIgnoreCase))
            return RefuseAsync(
                context,
                StatusCodes.Status404NotFound,
                "ServiceEndpointNotFoundException",
                $"Service connection with id {connection} could not be found.");

        // Without a connection the token is about the pipeline itself, which nobody trusts here.
        string token = emulator.Issuers.AzurePipelines.Issue(
            connection.Length > 0 ? null : "p://contoso/monitor/build");
        return context.AnswerAsync(new JsonObject { ["oidcToken"] = token });
    }

    private static Task RefuseAsync(
        HttpContext context, int status, string type, string message) => context.AnswerAsync(
        new JsonObject
        {
            ["$id"] = "1",
            ["innerException"] = null,
            ["message"] = message,
            ["typeName"] = $"Microsoft.TeamFoundation.{type}",
            ["typeKey"] = type,
            ["errorCode"] = 0,
            ["eventId"] = 3000,
        },
        status);
}
