using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// As much of Azure Resource Manager as a login of the Azure CLI asks for, where the subscription's resources are, and
/// the metrics of any resource. What is not in the table is refused in ARM's form.
/// </summary>
internal static class ManagementEndpoints
{
    private const string Insights = "/providers/Microsoft.Insights";

    private static readonly Dictionary<Cloud, string[]> Regions = new()
    {
        [Cloud.Public] = ["westeurope", ImdsInstanceEndpoints.Region],
        [Cloud.UsGovernment] = ["usgovvirginia"],
        [Cloud.China] = ["chinanorth3"],
        [Cloud.Fabrikam] = ["north"],
    };

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        EntraDirectory directory = emulator.Directory;
        CloudMetadataEndpoint.Map(routes);
        Get("/subscriptions", _ => List(SubscriptionJson(directory)));
        Get("/subscriptions/{subscription}", _ => SubscriptionJson(directory));
        Get("/subscriptions/{subscription}/locations", Locations);
        Get("/subscriptions/{subscription}/resourcegroups", context => List(GroupJson(context, directory)));
        Get("/subscriptions/{subscription}/resourcegroups/{group}", Group);
        Get("/subscriptions/{subscription}/resources", context => ResourceList.Page(context, directory));
        Get("/tenants", _ => List(TenantJson(directory)));
        // Of any resource, be it of a subscription that is not there.
        Get(
            "/subscriptions/{**resource}",
            context => AuthorizationEndpoints.Answer(context, emulator) ?? ResourceMetrics(context));
        routes.MapPut(
            "/subscriptions/{**resource}",
            context => AnswerAsync(
                context,
                directory,
                asked => AuthorizationEndpoints.Assign(asked, emulator) ?? throw Missing(asked),
                StatusCodes.Status201Created))
            .RequireHost([.. Hosts.ResourceManager.Keys]);

        void Get(string path, Func<HttpContext, JsonObject> answer) =>
            routes.MapGet(path, context => AnswerAsync(context, directory, answer))
                .RequireHost([.. Hosts.ResourceManager.Keys]);

        JsonObject Group(HttpContext context)
        {
            JsonObject group = GroupJson(context, directory);
            string asked = Named(context, "group");
            return asked.Equals((string?)group["name"], StringComparison.OrdinalIgnoreCase)
                ? group
                : throw new ArmException(
                    StatusCodes.Status404NotFound,
                    "ResourceGroupNotFound",
                    $"Resource group '{asked}' could not be found.");
        }
    }

    /// <summary>Answers what is not mapped.</summary>
    public static Task AnswerUnknownAsync(HttpContext context, EntraDirectory directory) =>
        AnswerAsync(context, directory, _ => throw Missing(context));

    /// <summary>Answers whoever brings a token for Resource Manager, and in its form.</summary>
    public static async Task AnswerAsync(
        HttpContext context,
        EntraDirectory directory,
        Func<HttpContext, JsonObject> answer,
        int status = StatusCodes.Status200OK)
    {
        try
        {
            await AuthorizeAsync(context, directory);
            if (string.IsNullOrEmpty(context.Request.Query["api-version"]))
            {
                throw new ArmException(
                    StatusCodes.Status400BadRequest,
                    "MissingApiVersionParameter",
                    "The api-version query parameter (?api-version=) is required for all requests.");
            }

            if (context.GetRouteValue("subscription") is string subscription
                && !subscription.Equals($"{directory.SubscriptionId}", StringComparison.OrdinalIgnoreCase))
            {
                throw new ArmException(
                    StatusCodes.Status404NotFound,
                    "SubscriptionNotFound",
                    $"The subscription '{subscription}' could not be found.");
            }

            await context.AnswerAsync(answer(context), status);
        }
        catch (ArmException refusal)
        {
            if (refusal.Status == StatusCodes.Status401Unauthorized)
            {
                context.Response.Headers.WWWAuthenticate =
                    $"Bearer authorization_uri=\"https://login.microsoftonline.com/{directory.Tenant.Id}\", "
                    + $"error=\"invalid_token\", error_description=\"{refusal.Message}\"";
            }

            await context.AnswerAsync(
                new JsonObject
                {
                    ["error"] = new JsonObject { ["code"] = refusal.Code, ["message"] = refusal.Message },
                },
                refusal.Status);
        }
    }

    private static async Task AuthorizeAsync(HttpContext context, EntraDirectory directory)
    {
        string domain = context.Request.Host.Host["management.".Length..];
        string core = domain == "azure.com" ? "core.windows.net" : $"core.{domain}";
        string[] audiences =
        [
            $"https://management.{core}/", $"https://management.{core}",
            $"https://management.{domain}/", $"https://management.{domain}",
        ];
        BearerTokenState state = await BearerToken.CheckAsync(context, directory, audiences);
        if (state == BearerTokenState.Valid)
            return;
        (string code, string message) = state switch
        {
            BearerTokenState.Missing => (
                "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."),
            // L azure-sdk-for-js #29886
            BearerTokenState.WrongAudience => (
                "InvalidAuthenticationTokenAudience",
                $"The access token has been obtained for wrong audience or resource '{BearerToken.Audience(context)}'. "
                    + "It should exactly match with one of the allowed audiences "
                    + $"{string.Join(',', audiences.Select(audience => $"'{audience}'"))}."),
            BearerTokenState.NotInItsTime => (
                "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."),
            _ => ("InvalidAuthenticationToken", "The access token is invalid."),
        };
        throw new ArmException(StatusCodes.Status401Unauthorized, code, message);
    }

    // What ARM says of an address without a subscription, and of one that leads to nothing.
    private static ArmException Missing(HttpContext context)
    {
        string path = context.Request.Path.ToString();
        return path.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase)
            ? new(
                StatusCodes.Status404NotFound,
                "ResourceNotFound",
                $"The Resource '{path}' was not found. For more details please go to "
                    + "https://aka.ms/ARMResourceNotFoundFix")
            : new(
                StatusCodes.Status404NotFound,
                "MissingSubscription",
                "The request did not have a subscription or a valid tenant level resource provider.");
    }

    // S Microsoft.Insights 2018-01-01: metrics, metricDefinitions and metricNamespaces of a resource.
    private static JsonObject ResourceMetrics(HttpContext context)
    {
        string path = context.Request.Path.ToString();
        int end = path.LastIndexOf(Insights + "/", StringComparison.OrdinalIgnoreCase);
        if (end < 0 || Namespace(path[..end]) is not { } space)
            throw Missing(context);
        string resource = path[..end];
        return path[(end + Insights.Length + 1)..].ToLowerInvariant() switch
        {
            "metrics" => MetricsJson(context, resource, space),
            "metricdefinitions" => List(DefinitionJson(resource, space)),
            "metricnamespaces" => List(NamespaceJson(resource, space)),
            _ => throw Missing(context),
        };
    }

    // Provider and type, of which each stands before the name of what is within the other.
    private static string? Namespace(string resource)
    {
        int start = resource.LastIndexOf("/providers/", StringComparison.OrdinalIgnoreCase);
        string[] parts = start < 0 ? [] : resource[(start + "/providers/".Length)..].Split('/');
        return parts.Length >= 3 && parts.Length % 2 == 1
            ? string.Join('/', parts.Where((_, index) => index == 0 || index % 2 == 1))
            : null;
    }

    private static JsonObject MetricsJson(HttpContext context, string resource, string space)
    {
        IQueryCollection query = context.Request.Query;
        DateTime now = DateTime.UtcNow;
        string timespan = query["timespan"].FirstOrDefault()
            ?? $"{Metric.Text(now.AddHours(-1))}/{Metric.Text(now)}";
        string end = timespan.Contains('/', StringComparison.Ordinal) ? timespan.Split('/')[1] : Metric.Text(now);
        string names = query["metricnames"].FirstOrDefault() is { Length: > 0 } asked ? asked : Metric.Default;
        string? aggregations = query["aggregation"];
        return new()
        {
            ["cost"] = 59,
            ["timespan"] = timespan,
            ["interval"] = query["interval"].FirstOrDefault() ?? "PT1M",
            ["value"] = new JsonArray(
                [.. names.Split(',').Select(name => Metric.Of(resource, name, aggregations, end))]),
            ["namespace"] = query["metricnamespace"].FirstOrDefault() ?? space,
            ["resourceregion"] = Regions[CloudOf(context)][0],
        };
    }

    private static JsonObject DefinitionJson(string resource, string space) => new()
    {
        ["id"] = $"{resource}/providers/microsoft.insights/metricdefinitions/{Metric.Default}",
        ["resourceId"] = resource,
        ["namespace"] = space,
        ["name"] = Metric.Name(Metric.Default),
        ["isDimensionRequired"] = false,
        ["unit"] = Metric.Unit,
        ["primaryAggregationType"] = "Average",
        ["supportedAggregationTypes"] = new JsonArray("Average", "Minimum", "Maximum", "Total", "Count"),
        ["metricAvailabilities"] = new JsonArray(
            new JsonObject { ["timeGrain"] = "PT1M", ["retention"] = "P93D" }),
    };

    private static JsonObject NamespaceJson(string resource, string space) => new()
    {
        ["id"] = $"{resource}/providers/microsoft.insights/metricNamespaces/{space}",
        ["name"] = space,
        ["type"] = "Microsoft.Insights/metricNamespaces",
        ["classification"] = "Platform",
        ["properties"] = new JsonObject { ["metricNamespaceName"] = space },
    };

    private static JsonObject Locations(HttpContext context) => List([.. Regions[CloudOf(context)].Select(region =>
        new JsonObject
        {
            ["id"] = $"/subscriptions/{Named(context, "subscription")}/locations/{region}",
            ["name"] = region,
            ["type"] = "Region",
            ["displayName"] = region,
            ["regionalDisplayName"] = region,
            ["metadata"] = new JsonObject
            {
                ["regionType"] = "Physical",
                ["regionCategory"] = "Recommended",
                ["pairedRegion"] = new JsonArray(),
            },
        })]);

    private static JsonObject GroupJson(HttpContext context, EntraDirectory directory) => new()
    {
        ["id"] = $"/subscriptions/{directory.SubscriptionId}/resourceGroups/{EntraDirectory.ResourceGroup}",
        ["name"] = EntraDirectory.ResourceGroup,
        ["type"] = "Microsoft.Resources/resourceGroups",
        ["location"] = Regions[CloudOf(context)][0],
        ["properties"] = new JsonObject { ["provisioningState"] = "Succeeded" },
    };

    private static JsonObject SubscriptionJson(EntraDirectory directory) => new()
    {
        ["id"] = $"/subscriptions/{directory.SubscriptionId}",
        ["authorizationSource"] = "RoleBased",
        ["managedByTenants"] = new JsonArray(),
        ["subscriptionId"] = directory.SubscriptionId.ToString(),
        ["tenantId"] = directory.Tenant.Id.ToString(),
        ["displayName"] = "Emulated subscription",
        ["state"] = "Enabled",
        ["subscriptionPolicies"] = new JsonObject
        {
            ["locationPlacementId"] = "Public_2014-09-01",
            ["quotaId"] = "PayAsYouGo_2014-09-01",
            ["spendingLimit"] = "Off",
        },
    };

    private static JsonObject TenantJson(EntraDirectory directory) => new()
    {
        ["id"] = $"/tenants/{directory.Tenant.Id}",
        ["tenantId"] = directory.Tenant.Id.ToString(),
        ["displayName"] = directory.Tenant.DisplayName,
        ["defaultDomain"] = directory.Tenant.Domain,
        ["tenantCategory"] = "Home",
        ["domains"] = new JsonArray(directory.Tenant.Domain),
    };

    private static JsonObject List(params JsonObject[] items) => new() { ["value"] = new JsonArray([.. items]) };

    private static Cloud CloudOf(HttpContext context) => Hosts.ResourceManager[context.Request.Host.Host];

    private static string Named(HttpContext context, string name) => (string)context.GetRouteValue(name)!;

    /// <summary>Ends a request in ARM's form.</summary>
    internal sealed class ArmException(int status, string code, string message) : Exception(message)
    {
        public int Status { get; } = status;

        public string Code { get; } = code;
    }
}
