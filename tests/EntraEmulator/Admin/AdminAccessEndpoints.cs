using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>The part of the admin API that is about roles, and about the rules that they are assigned on.</summary>
internal static class AdminAccessEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        AccessControl access = emulator.AccessControl;
        routes.MapAdmin(HttpMethods.Post, "/data-collection-rules", async context =>
        {
            NewRule asked = await AdminEndpoints.ReadAsync<NewRule>(context);
            await context.AnswerAsync(access.AddRule(asked.Name), StatusCodes.Status201Created);
        });
        routes.MapAdmin(HttpMethods.Post, "/role-definitions", async context =>
        {
            NewRole asked = await AdminEndpoints.ReadAsync<NewRole>(context);
            RoleDefinition role = access.AddRole(
                new RoleDefinition(asked.Name ?? throw new BadHttpRequestException("The name is missing."))
                {
                    Actions = asked.Actions ?? [],
                    NotActions = asked.NotActions ?? [],
                    DataActions = asked.DataActions ?? [],
                    NotDataActions = asked.NotDataActions ?? [],
                });
            await context.AnswerAsync(role, StatusCodes.Status201Created);
        });
        routes.MapAdmin(HttpMethods.Post, "/role-assignments", async context =>
        {
            NewAssignment asked = await AdminEndpoints.ReadAsync<NewAssignment>(context);
            RoleDefinition role = access.FindRole(asked.Role ?? "")
                ?? throw new BadHttpRequestException("No such role.");
            await context.AnswerAsync(
                access.Assign(
                    asked.PrincipalId,
                    role,
                    asked.Scope ?? throw new BadHttpRequestException("The scope is missing."),
                    TimeSpan.FromMinutes(asked.AgeMinutes)),
                StatusCodes.Status201Created);
        });
    }

    private sealed record NewRule(string? Name);

    private sealed record NewRole(
        string? Name, string[]? Actions, string[]? NotActions, string[]? DataActions, string[]? NotDataActions);

    private sealed record NewAssignment(Guid PrincipalId, string? Role, string? Scope, double AgeMinutes);
}
