using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>Steers the emulator from outside its process, as tests in PowerShell do.</summary>
internal static class AdminEndpoints
{
    /// <summary>What its paths begin with.</summary>
    public const string Prefix = "/emulator";

    /// <summary>Whether a request is for the admin API, which only the plain listener has.</summary>
    public static bool Are(HttpRequest request) => !request.IsHttps && request.Path.StartsWithSegments(Prefix);

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        EntraDirectory directory = emulator.Directory;

        On(HttpMethods.Get, "/requests", context => context.AnswerAsync(
            emulator.Requests.Where(Filter(context.Request.Query))));
        On(HttpMethods.Delete, "/requests", context => DoAsync(context, emulator.Requests.Clear));

        On(HttpMethods.Get, "/secrets", context => context.AnswerAsync(
            emulator.Requests.SelectMany(Secrets.Of).Distinct()));

        On(HttpMethods.Post, "/faults", async context =>
        {
            Fault fault = await ReadAsync<Fault>(context);
            emulator.Faults.Add(fault);
            await context.AnswerAsync(fault, StatusCodes.Status201Created);
        });
        On(HttpMethods.Delete, "/faults", context => DoAsync(context, emulator.Faults.Clear));

        On(HttpMethods.Post, "/proxy", async context =>
        {
            ProxySettings asked = await ReadAsync<ProxySettings>(context);
            emulator.Proxy.Credential = asked.UserName is null
                ? null
                : new NetworkCredential(asked.UserName, asked.Password);
            await context.AnswerAsync(asked);
        });

        On(HttpMethods.Get, "/directory", context => context.AnswerAsync(new
        {
            directory.Tenants,
            Apps = directory.Apps.Select(Show),
            SystemIdentity = Show(directory.SystemIdentity),
            UserIdentities = directory.UserIdentities.Select(Show),
            directory.Resources,
            directory.SubscriptionId,
        }));
        On(HttpMethods.Post, "/tenants", async context =>
        {
            NewTenant asked = await ReadAsync<NewTenant>(context);
            await context.AnswerAsync(
                directory.AddTenant(asked.Domain, asked.Id, asked.DisplayName), StatusCodes.Status201Created);
        });
        On(HttpMethods.Post, "/apps", async context =>
        {
            NewApp asked = await ReadAsync<NewApp>(context);
            Tenant tenant = asked.Tenant is null
                ? directory.Tenant
                : directory.FindTenant(asked.Tenant) ?? throw new BadHttpRequestException("No such tenant.");
            App app = directory.AddApp(tenant, asked.ClientId, asked.Secret);
            app.Roles = asked.Roles ?? app.Roles;
            app.TokenLifetime = asked.TokenLifetimeSeconds is { } seconds
                ? TimeSpan.FromSeconds(seconds)
                : app.TokenLifetime;
            app.RefreshIn = asked.RefreshInSeconds is { } refreshIn ? TimeSpan.FromSeconds(refreshIn) : app.RefreshIn;
            app.IsPublicClient = asked.IsPublicClient ?? app.IsPublicClient;
            app.RedirectUris = asked.RedirectUris ?? app.RedirectUris;
            app.IdentityResourceId = asked.IdentityResourceId;
            await context.AnswerAsync(
                new { Show(app).ClientId, app.ObjectId, TenantId = tenant.Id, app.Secret, app.Roles },
                StatusCodes.Status201Created);
        });
        On(HttpMethods.Post, "/apps/{id}/tenants", async context =>
        {
            NewConsent asked = await ReadAsync<NewConsent>(context);
            App(context).AddTo(
                directory.FindTenant(asked.Tenant) ?? throw new BadHttpRequestException("No such tenant."));
            await context.AnswerAsync(asked, StatusCodes.Status201Created);
        });
        On(HttpMethods.Post, "/apps/{id}/secrets", async context =>
        {
            NewSecret asked = await ReadAsync<NewSecret>(context);
            await context.AnswerAsync(
                new { Secret = App(context).AddSecret(asked.Secret) }, StatusCodes.Status201Created);
        });
        On(HttpMethods.Delete, "/apps/{id}/secrets", context => DoAsync(context, App(context).RemoveSecrets));
        On(HttpMethods.Post, "/resources", async context =>
            await context.AnswerAsync(
                directory.AddResource(await ReadAsync<Resource>(context)), StatusCodes.Status201Created));
        On(HttpMethods.Post, "/identities", async context =>
        {
            NewIdentity asked = await ReadAsync<NewIdentity>(context);
            ManagedIdentity identity = directory.AddUserIdentity();
            if (asked.TokenLifetimeSeconds is { } seconds)
                identity.TokenLifetime = TimeSpan.FromSeconds(seconds);
            await context.AnswerAsync(Show(identity), StatusCodes.Status201Created);
        });

        On(HttpMethods.Delete, "/imds/tokens", context => DoAsync(context, emulator.ImdsTokens.Clear));
        On(HttpMethods.Post, "/imds/settings", async context =>
        {
            ImdsSettings asked = await ReadAsync<ImdsSettings>(context);
            emulator.ImdsTokens.IsEnabled = asked.KeepsTokens ?? true;
            await context.AnswerAsync(asked);
        });

        AdminAssertionEndpoints.Map(routes, emulator);
        AdminUserEndpoints.Map(routes, emulator);
        AdminAccessEndpoints.Map(routes, emulator);

        void On(string method, string path, RequestDelegate endpoint) => routes.MapAdmin(method, path, endpoint);

        App App(HttpContext context) => context.App(directory);
    }

    public static void MapAdmin(
        this IEndpointRouteBuilder routes, string method, string path, RequestDelegate endpoint) =>
        routes.MapMethods(Prefix + path, [method], context => AnswerAsync(context, endpoint));

    /// <summary>The app that the path names.</summary>
    public static App App(this HttpContext context, EntraDirectory directory) =>
        directory.FindApp((string)context.Request.RouteValues["id"]!)
            ?? throw new BadHttpRequestException("No such app.");

    /// <summary>Reads what is asked for; no body at all asks for the defaults.</summary>
    public static async Task<T> ReadAsync<T>(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        string body = await reader.ReadToEndAsync(context.RequestAborted);
        return JsonSerializer.Deserialize<T>(body.Length == 0 ? "{}" : body, JsonAnswer.Options)!;
    }

    public static Task DoAsync(HttpContext context, Action action)
    {
        action();
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static async Task AnswerAsync(HttpContext context, RequestDelegate endpoint)
    {
        try
        {
            await endpoint(context);
        }
        catch (Exception bad) when (
            bad is BadHttpRequestException or JsonException or FormatException or ArgumentException)
        {
            await context.AnswerAsync(new { Error = bad.Message }, StatusCodes.Status400BadRequest);
        }
    }

    private static Func<RecordedRequest, bool> Filter(IQueryCollection query)
    {
        string host = query["host"].ToString();
        string path = query["path"].ToString();
        Listener? listener = query["listener"].ToString() is { Length: > 0 } name
            ? Enum.Parse<Listener>(name, ignoreCase: true)
            : null;
        return request => (listener is null || request.Listener == listener)
            && (host.Length == 0 || request.Host.Equals(host, StringComparison.OrdinalIgnoreCase))
            && request.Path.StartsWith(path, StringComparison.OrdinalIgnoreCase);
    }

    private static ShownApp Show(App app) => new(app.ClientId, app.ObjectId, app.Tenant.Id, app.Roles);

    private static ShownIdentity Show(ManagedIdentity identity) =>
        new(identity.ClientId, identity.ObjectId, identity.Tenant.Id, identity.ResourceId);

    private sealed record NewTenant(string? Domain, Guid? Id, string? DisplayName);

    private sealed record NewApp(
        string? Tenant,
        string? ClientId,
        string? Secret,
        string[]? Roles,
        int? TokenLifetimeSeconds,
        int? RefreshInSeconds,
        bool? IsPublicClient,
        string[]? RedirectUris,
        string? IdentityResourceId);

    // Without a name, everybody may use it.
    private sealed record ProxySettings(string? UserName, string? Password);

    private sealed record NewIdentity(int? TokenLifetimeSeconds);

    // What is left out goes back to what it was at the start.
    private sealed record ImdsSettings(bool? KeepsTokens);

    private sealed record NewConsent(string Tenant);

    private sealed record NewSecret(string? Secret);

    private sealed record ShownApp(string ClientId, Guid ObjectId, Guid TenantId, IReadOnlyList<string> Roles);

    private sealed record ShownIdentity(Guid ClientId, Guid ObjectId, Guid TenantId, string ResourceId);
}
