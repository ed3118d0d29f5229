using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>The part of the admin API that is about users and what they do elsewhere than in the client.</summary>
internal static class AdminUserEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        EntraDirectory directory = emulator.Directory;
        DeviceCodes codes = emulator.DeviceCodes;

        routes.MapAdmin(HttpMethods.Post, "/users", async context =>
        {
            NewUser asked = await AdminEndpoints.ReadAsync<NewUser>(context);
            Tenant? tenant = asked.Tenant is null
                ? null
                : directory.FindTenant(asked.Tenant) ?? throw new BadHttpRequestException("No such tenant.");
            await context.AnswerAsync(
                Show(directory.AddUser(asked.UserPrincipalName, tenant)), StatusCodes.Status201Created);
        });
        routes.MapAdmin(HttpMethods.Get, "/users", context => context.AnswerAsync(directory.Users.Select(Show)));
        routes.MapAdmin(HttpMethods.Post, "/user-tokens", async context =>
        {
            NewUserToken asked = await AdminEndpoints.ReadAsync<NewUserToken>(context);
            if (asked.Audience is null)
                throw new BadHttpRequestException("The audience is missing.");
            TimeSpan? lifetime = asked.ExpiresIn is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            string token = emulator.IssueUserToken(asked.Audience, FindUser(asked.User), lifetime);
            await context.AnswerAsync(new { Token = token }, StatusCodes.Status201Created);
        });

        routes.MapAdmin(HttpMethods.Get, "/device-codes", context => context.AnswerAsync(codes.Pending));
        routes.MapAdmin(HttpMethods.Post, "/device-codes/settings", async context =>
        {
            DeviceCodeSettings asked = await AdminEndpoints.ReadAsync<DeviceCodeSettings>(context);
            codes.Interval = TimeSpan.FromSeconds(asked.Interval ?? 5);
            codes.ExpiresIn = TimeSpan.FromSeconds(asked.ExpiresIn ?? 900);
            codes.ApproveAfterPolls = asked.ApproveAfterPolls;
            await context.AnswerAsync(asked);
        });
        routes.MapAdmin(HttpMethods.Post, "/device-codes/{userCode}", async context =>
        {
            Decision asked = await AdminEndpoints.ReadAsync<Decision>(context);
            string userCode = (string)context.Request.RouteValues["userCode"]!;
            if (!(asked.Approve ?? true ? codes.Approve(userCode, FindUser(asked.User)) : codes.Decline(userCode)))
                throw new BadHttpRequestException("No such code.");
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        });

        User? FindUser(string? name) => name is null
            ? null
            : directory.FindUser(name) ?? throw new BadHttpRequestException("No such user.");
    }

    private static ShownUser Show(User user) => new(user.ObjectId, user.UserPrincipalName, user.Tenant.Id);

    private sealed record NewUser(string? UserPrincipalName, string? Tenant);

    private sealed record NewUserToken(string? Audience, string? User, int? ExpiresIn);

    // What is left out goes back to what it was at the start.
    private sealed record DeviceCodeSettings(int? Interval, int? ExpiresIn, int? ApproveAfterPolls);

    private sealed record Decision(bool? Approve, string? User);

    private sealed record ShownUser(Guid ObjectId, string UserPrincipalName, Guid TenantId);
}
