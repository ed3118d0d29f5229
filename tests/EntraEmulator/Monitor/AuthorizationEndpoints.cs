using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// As much of Resource Manager as tells what somebody may do (permissions, role assignments and role definitions) and
/// assigns a role; and the one query of Resource Graph that finds a rule by its immutable id. Answers have the members
/// of azure-rest-api-specs (Microsoft.Authorization 2022-04-01, Microsoft.ResourceGraph 2021-03-01).
/// </summary>
internal static partial class AuthorizationEndpoints
{
    private const string Provider = "/providers/Microsoft.Authorization/";

    /// <summary>How many a page has, few enough for a test to see the second one. Azure's are larger.</summary>
    private const int PageSize = 3;

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        AccessControl access = emulator.AccessControl;
        routes.MapPost("/providers/Microsoft.ResourceGraph/resources", context => AnswerAsync(context, Query))
            .RequireHost([.. Hosts.ResourceManager.Keys]);
        routes.MapGet(Provider + "roleDefinitions/{role}", context => AnswerAsync(
            context, _ => RoleJson(context, access, (string)context.GetRouteValue("role")!)))
            .RequireHost([.. Hosts.ResourceManager.Keys]);

        Task AnswerAsync(HttpContext context, Func<HttpContext, JsonObject> answer) =>
            ManagementEndpoints.AnswerAsync(context, emulator.Directory, answer);

        JsonObject Query(HttpContext context)
        {
            string query = context.Json()?["query"]?.GetValue<string>() ?? "";
            // Of what the caller may not read there is no sign.
            DataCollectionRule? rule = ImmutableId().Match(query) is { Success: true } match
                ? access.FindRule(match.Groups[1].Value)
                : throw new ManagementEndpoints.ArmException(
                    StatusCodes.Status400BadRequest, "BadRequest", "The emulator does not know this query.");
            JsonNode[] rows = rule is not null
                && access.May(BearerToken.ObjectId(context), "Microsoft.Insights/dataCollectionRules/read", rule.Id)
                    ? [new JsonObject { ["id"] = rule.Id }]
                    : [];
            return new()
            {
                ["totalRecords"] = rows.Length,
                ["count"] = rows.Length,
                ["data"] = new JsonArray(rows),
                ["facets"] = new JsonArray(),
                ["resultTruncated"] = "false",
            };
        }
    }

    /// <summary>What is asked about a subscription or anything in it; null if it is about something else.</summary>
    public static JsonObject? Answer(HttpContext context, Emulator emulator)
    {
        if (Parse(context, emulator) is not var (scope, subscription, asked))
            return null;

        AccessControl access = emulator.AccessControl;
        switch (asked[0].ToUpperInvariant())
        {
            case "PERMISSIONS":
                Require(context, access, "permissions", scope);
                return Page(context, access.AssignmentsOf(BearerToken.ObjectId(context), scope)
                    .Select(assignment => Permission(assignment.Role)));
            case "ROLEASSIGNMENTS":
                Require(context, access, "roleAssignments", scope);
                string filter = context.Request.Query["$filter"].ToString();
                return AssignedTo().Match(filter) is { Success: true } match
                    ? Page(context, access.AssignmentsOf(Guid.Parse(match.Groups[1].Value), scope)
                        .Select(assignment => AssignmentJson(assignment, subscription)))
                    : throw new ManagementEndpoints.ArmException(
                        StatusCodes.Status400BadRequest,
                        "UnsupportedQuery",
                        $"The filter '{filter}' is not supported. Supported filters are either 'atScope()' or "
                            + "'principalId eq '{value}' or assignedTo('{value}')'.");
            case "ROLEDEFINITIONS" when asked.Length == 2:
                Require(context, access, "roleDefinitions", scope);
                return RoleJson(context, access, asked[1]);
            // S azure-cli: role definition list --name
            case "ROLEDEFINITIONS"
                when RoleName().Match($"{context.Request.Query["$filter"]}") is { Success: true } name:
                Require(context, access, "roleDefinitions", scope);
                return Page(context, access.FindRole(name.Groups[1].Value) is { } role
                    ? [RoleJson(role, $"/subscriptions/{subscription}{Provider}roleDefinitions/{role.Id}")]
                    : []);
            default:
                return null;
        }
    }

    /// <summary>Assigns a role, which the sender must be allowed to; null if it is about something else.</summary>
    public static JsonObject? Assign(HttpContext context, Emulator emulator)
    {
        if (Parse(context, emulator) is not var (scope, subscription, asked)
            || asked is not [var type, var name]
            || !type.Equals("roleAssignments", StringComparison.OrdinalIgnoreCase))
            return null;

        AccessControl access = emulator.AccessControl;
        Require(context, access, "roleAssignments", scope, "write");
        JsonNode? properties = context.Json()?["properties"];
        string roleId = properties?["roleDefinitionId"]?.GetValue<string>().Split('/')[^1] ?? "";
        if (!Guid.TryParse(name, out Guid id)
            || !Guid.TryParse(properties?["principalId"]?.GetValue<string>(), out Guid principal))
        {
            throw new ManagementEndpoints.ArmException(
                StatusCodes.Status400BadRequest, "InvalidRoleAssignmentId", "The name or the principal is no GUID.");
        }

        RoleDefinition role = access.FindRole(roleId) ?? throw NoSuchRole(roleId);
        RoleAssignment? existing = access.AssignmentsOf(principal, scope).FirstOrDefault(assignment =>
            assignment.Role == role && assignment.Scope.Equals(scope, StringComparison.OrdinalIgnoreCase));
        // L terraform-provider-azurerm: RoleAssignmentsClient#Create, Status=409
        return existing is null
            ? AssignmentJson(access.Assign(principal, role, scope, id: id), subscription)
            : throw new ManagementEndpoints.ArmException(
                StatusCodes.Status409Conflict,
                "RoleAssignmentExists",
                "The role assignment already exists. The ID of the existing role assignment is "
                    + $"{existing.Id:N}.");
    }

    /// <summary>Splits a path at Microsoft.Authorization; null if that is not in it.</summary>
    private static (string Scope, string Subscription, string[] Asked)? Parse(HttpContext context, Emulator emulator)
    {
        string path = context.Request.Path.ToString();
        int end = path.LastIndexOf(Provider, StringComparison.OrdinalIgnoreCase);
        if (end < 0)
            return null;

        string scope = path[..end];
        string subscription = scope.Split('/')[2];
        return subscription.Equals($"{emulator.Directory.SubscriptionId}", StringComparison.OrdinalIgnoreCase)
            ? (scope, subscription, path[(end + Provider.Length)..].Split('/'))
            : throw new ManagementEndpoints.ArmException(
                StatusCodes.Status404NotFound,
                "SubscriptionNotFound",
                $"The subscription '{subscription}' could not be found.");
    }

    private static void Require(
        HttpContext context, AccessControl access, string type, string scope, string verb = "read")
    {
        Guid? caller = BearerToken.ObjectId(context);
        string action = $"Microsoft.Authorization/{type}/{verb}";
        if (!access.May(caller, action, scope))
            throw new ManagementEndpoints.ArmException(
                StatusCodes.Status403Forbidden,
                "AuthorizationFailed",
                $"The client '{caller}' with object id '{caller}' does not have authorization to perform action "
                    + $"'{action}' over scope '{scope}{Provider.TrimEnd('/')}' or the scope is invalid. If access was "
                    + "recently granted, please refresh your credentials.");
    }

    private static JsonObject Page(HttpContext context, IEnumerable<JsonObject> all)
    {
        JsonNode[] items = [.. all];
        _ = int.TryParse(context.Request.Query["$skiptoken"], CultureInfo.InvariantCulture, out int start);
        var page = new JsonObject { ["value"] = new JsonArray([.. items.Skip(start).Take(PageSize)]) };
        if (start + PageSize < items.Length)
        {
            HttpRequest request = context.Request;
            string query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.AddQueryString(
                "",
                request.Query.Where(field => field.Key != "$skiptoken")
                    .Select(field => KeyValuePair.Create(field.Key, (string?)field.Value))
                    .Append(KeyValuePair.Create("$skiptoken", (string?)$"{start + PageSize}")));
            page["nextLink"] = $"https://{request.Host}{request.Path}{query}";
        }

        return page;
    }

    private static JsonObject Permission(RoleDefinition role) => new()
    {
        ["actions"] = List(role.Actions),
        ["notActions"] = List(role.NotActions),
        ["dataActions"] = List(role.DataActions),
        ["notDataActions"] = List(role.NotDataActions),
    };

    private static JsonObject AssignmentJson(RoleAssignment assignment, string subscription)
    {
        string createdOn = assignment.CreatedOn.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        return new()
        {
            ["properties"] = new JsonObject
            {
                ["roleDefinitionId"] = $"/subscriptions/{subscription}{Provider}roleDefinitions/{assignment.Role.Id}",
                ["principalId"] = assignment.PrincipalId.ToString(),
                ["principalType"] = "ServicePrincipal",
                ["scope"] = assignment.Scope,
                ["condition"] = null,
                ["conditionVersion"] = null,
                ["createdOn"] = createdOn,
                ["updatedOn"] = createdOn,
                ["createdBy"] = null,
                ["updatedBy"] = null,
                ["delegatedManagedIdentityResourceId"] = null,
                ["description"] = null,
            },
            ["id"] = $"{assignment.Scope}{Provider}roleAssignments/{assignment.Id}",
            ["type"] = "Microsoft.Authorization/roleAssignments",
            ["name"] = assignment.Id.ToString(),
        };
    }

    private static JsonObject RoleJson(HttpContext context, AccessControl access, string id) =>
        RoleJson(access.FindRole(id) ?? throw NoSuchRole(id), context.Request.Path.ToString());

    private static ManagementEndpoints.ArmException NoSuchRole(string id) => new(
        StatusCodes.Status404NotFound,
        "RoleDefinitionDoesNotExist",
        $"The specified role definition with ID '{id}' does not exist.");

    private static JsonObject RoleJson(RoleDefinition role, string id)
    {
        bool isBuiltIn = RoleDefinition.BuiltIn.Contains(role);
        return new()
        {
            ["properties"] = new JsonObject
            {
                ["roleName"] = role.Name,
                ["type"] = isBuiltIn ? "BuiltInRole" : "CustomRole",
                ["description"] = "",
                ["assignableScopes"] = new JsonArray("/"),
                ["permissions"] = new JsonArray(Permission(role)),
            },
            ["id"] = id,
            ["type"] = "Microsoft.Authorization/roleDefinitions",
            ["name"] = role.Id.ToString(),
        };
    }

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    [GeneratedRegex("properties\\.immutableId =~ '([^']+)'")]
    private static partial Regex ImmutableId();

    [GeneratedRegex("^assignedTo\\('([0-9a-fA-F-]{36})'\\)$")]
    private static partial Regex AssignedTo();

    [GeneratedRegex("^roleName eq '([^']+)'$")]
    private static partial Regex RoleName();
}
