using System.Globalization;
using System.Text.Json;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>
/// Finds out whether an identity may send to a URI without sending anything: whether Resource Manager grants the
/// identity the data action that the service requires, and whether for long enough that the service knows it. The
/// identity asks for itself, so it must be able to read the resource, which sending does not require.
/// </summary>
/// <remarks>
/// Apart from the token, it takes two or three requests: Resource Graph for the id of a rule, permissions, and role
/// assignments; and the definitions of unknown roles, if one was assigned recently. What Resource Manager grants, a
/// network rule or a deny assignment may still refuse.
/// </remarks>
internal sealed class PermissionCheck(WriteTarget target, AccessAdvice advice, ResourceManagerClient manager)
{
    /// <summary>
    /// How long an assignment at a management group is considered new. "Several hours", as documented for built-in
    /// roles with data actions (azure-docs, role-based-access-control/troubleshooting.md); the number is chosen.
    /// </summary>
    private static readonly TimeSpan ManagementGroupDelay = TimeSpan.FromHours(12);

    private const string CannotTell = "Resource Manager can't show whether this identity can send";

    /// <summary>The number of role definitions that are read. Chosen: an identity that sends has few roles.</summary>
    private const int MaxDefinitions = 5;

    private readonly Dictionary<string, string?> _roles = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Completes the outcome of an inconclusive call, or of one refused because a role is missing.</summary>
    /// <param name="called">The outcome of the call.</param>
    /// <param name="claims">The claims of the identity's token; null if it is opaque.</param>
    /// <param name="cancellationToken">Ends the check. Any other exception means that there was no response.</param>
    public async Task<AccessOutcome> CompleteAsync(
        AccessOutcome called, TokenClaims? claims, CancellationToken cancellationToken)
    {
        bool isRefused = called.Status == CredentialTestStatus.Refused;
        string assign = $"New-AzRoleAssignment -ObjectId {ObjectId(claims)?.ToString() ?? "<object id>"} "
            + $"-RoleDefinitionName '{WriteTarget.Role}' -Scope ";

        string? resourceId = target.ResourceId;
        if (target.ImmutableId is { } immutableId)
        {
            ResourceManagerAnswer rules =
                await manager.FindRuleAsync(immutableId, cancellationToken).ConfigureAwait(false);
            if (rules.Items is null && !rules.IsForbidden)
                return Unknown(called, rules.Service);

            resourceId = rules.Items?.Select(rule => EmbeddedJson.Text(rule, "id"))
                .FirstOrDefault(WriteTarget.IsResourceId);
            if (resourceId is null)
                return Unreadable($"{target.Kind} {immutableId}", "<resource id of the rule>");
        }

        string name = $"{target.Kind} {resourceId!.Substring(resourceId.LastIndexOf('/') + 1)}";
        ResourceManagerAnswer permissions =
            await manager.ListPermissionsAsync(resourceId, cancellationToken).ConfigureAwait(false);
        if (permissions.IsForbidden)
            return Unreadable(name, resourceId);
        if (permissions.Items is null)
            return Unknown(called, permissions.Service);

        bool isGranted = RolePermissions.Grant(permissions.Items, target.DataAction);
        NewAssignment? assignment = ObjectId(claims) is { } objectId
            ? await FindNewAsync(resourceId, objectId, isGranted, cancellationToken).ConfigureAwait(false)
            : null;
        if (assignment is not null)
            return Outcome(
                isRefused ? CredentialTestStatus.Refused : CredentialTestStatus.Inconclusive,
                $"{assignment.Role}, which applies to the {name}, was assigned {Ago(assignment.Age)}",
                assignment.IsAtManagementGroup
                    ? "Try again later: at a management group, a new assignment takes up to several hours."
                    : $"Try again later: a new assignment takes up to {advice.Minutes} minutes to take effect.");
        if (!isGranted)
            return Outcome(
                CredentialTestStatus.Refused,
                $"Resource Manager doesn't grant this identity {target.DataAction} on the {name}",
                $"Assign {WriteTarget.Role} on the {target.Kind}. {advice.Delay(claims?.IdentityType)} "
                    + $"{assign}'{resourceId}'");

        string granted = $"Resource Manager grants this identity {target.DataAction} on the {name}";
        return isRefused
            ? Outcome(
                CredentialTestStatus.Refused,
                granted,
                $"If the role was assigned recently, wait. {advice.Delay(claims?.IdentityType)} "
                    + "Otherwise, another assignment doesn't help. Check that the endpoint in the URI belongs to "
                    + $"the {target.Kind}, and that no network rule or deny assignment blocks access.")
            : Outcome(CredentialTestStatus.Succeeded, granted, action: null);

        AccessOutcome Unreadable(string what, string scope) => Outcome(
            called.Status,
            $"{CannotTell}, because the identity can't read the {what}, or there's no such resource",
            (isRefused
                ? $"{called.RecommendedAction} "
                : "To find out, also assign Reader or Monitoring Reader. To send, one role is enough: ")
                + $"{assign}'{scope}'");

        AccessOutcome Outcome(CredentialTestStatus status, string finding, string? action) =>
            called with { Status = status, Reason = With(called, finding), RecommendedAction = action };
    }

    /// <summary>Returns the outcome of a call if Resource Manager could not be asked.</summary>
    public static AccessOutcome Unknown(AccessOutcome called, string why) =>
        called with { Reason = With(called, $"{CannotTell}: {why.TrimEnd('.')}") };

    private static AccessOutcome Unknown(AccessOutcome called, ServiceAnswer answer)
    {
        AccessOutcome outcome = Unknown(
            called,
            answer.Status == 200 && !answer.IsPage ? "its response isn't in the documented format" : answer.Reason);
        return answer.Status == 404
            ? outcome with { RecommendedAction = "Resource Manager didn't find the resource. Check the URI." }
            : outcome;
    }

    /// <summary>
    /// Appends a finding to the status of the service; to its whole reason if that says something about the identity.
    /// </summary>
    private static string With(AccessOutcome called, string finding) =>
        (called.Status == CredentialTestStatus.Refused
            ? called.Reason!.TrimEnd('.')
            : $"HTTP {called.StatusCode} to a GET") + $"; {finding}.";

    private static Guid? ObjectId(TokenClaims? claims) =>
        Guid.TryParseExact(claims?.ObjectId, "D", out Guid id) ? id : null;

    private static string Ago(TimeSpan age) =>
        age < TimeSpan.FromMinutes(1) ? "less than a minute ago"
        : age < TimeSpan.FromMinutes(2) ? "a minute ago"
        : age < TimeSpan.FromHours(2) ? $"{(int)age.TotalMinutes} minutes ago"
        : $"{(int)age.TotalHours} hours ago";

    /// <summary>
    /// Finds the oldest of the assignments that grant the action if all of them are so new that the service may not
    /// know them; null if there is none or they cannot be read.
    /// </summary>
    private async Task<NewAssignment?> FindNewAsync(
        string resourceId, Guid objectId, bool isGranted, CancellationToken cancellationToken)
    {
        ResourceManagerAnswer answer =
            await manager.ListAssignmentsAsync(resourceId, objectId, cancellationToken).ConfigureAwait(false);
        Assignment[] assignments =
        [
            // The common role first: nothing has to be read to know that it grants the action.
            .. (answer.Items ?? []).Select(one => Read(one, resourceId)).OfType<Assignment>()
                .OrderBy(one => !IsSender(one)).ThenByDescending(one => one.Age),
        ];
        NewAssignment? found = null;
        foreach (Assignment assignment in assignments.Where(IsNew))
        {
            if (found is null
                && await GrantingRoleAsync(assignment, cancellationToken).ConfigureAwait(false) is { } role)
                found = new NewAssignment(role, assignment.Age, assignment.IsAtManagementGroup);
        }

        if (found is null || !isGranted)
            return found;

        // An older one that grants the action is known to the service, so the new one does not matter.
        foreach (Assignment assignment in assignments.Where(one => !IsNew(one)))
        {
            if (await GrantingRoleAsync(assignment, cancellationToken).ConfigureAwait(false) is not null)
                return null;
        }

        return found;
    }

    private static bool IsSender(Assignment assignment) =>
        assignment.RoleId.EndsWith("/" + WriteTarget.RoleId, StringComparison.OrdinalIgnoreCase);

    private bool IsNew(Assignment assignment) =>
        assignment.Age < (assignment.IsAtManagementGroup ? ManagementGroupDelay : TimeSpan.FromMinutes(advice.Minutes));

    /// <summary>Returns the name of an assignment's role if the role grants the data action; otherwise null.</summary>
    private async Task<string?> GrantingRoleAsync(Assignment assignment, CancellationToken cancellationToken)
    {
        if (IsSender(assignment))
            return WriteTarget.Role;
        if (_roles.TryGetValue(assignment.RoleId, out string? known) || _roles.Count == MaxDefinitions)
            return known;

        JsonElement? role =
            await manager.GetRoleDefinitionAsync(assignment.RoleId, cancellationToken).ConfigureAwait(false);
        return _roles[assignment.RoleId] =
            role is { } properties
                && RolePermissions.Grant(RolePermissions.Elements(properties, "permissions"), target.DataAction)
                ? TextSanitizer.OneLine(EmbeddedJson.Text(properties, "roleName") ?? "A role")
                : null;
    }

    /// <summary>
    /// Reads an assignment; null if it does not apply to the resource: the list has those below the resource, too.
    /// </summary>
    private static Assignment? Read(JsonElement assignment, string resourceId)
    {
        if (EmbeddedJson.Property(assignment, "properties") is not { } properties
            || EmbeddedJson.Text(properties, "roleDefinitionId") is not { } roleId
            || !WriteTarget.IsRoleDefinitionId(roleId)
            || !DateTimeOffset.TryParse(
                EmbeddedJson.Text(properties, "createdOn"),
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out DateTimeOffset createdOn))
            return null;

        TimeSpan age = Clock.Current.GetUtcNow() - createdOn;
        string scope = EmbeddedJson.Text(properties, "scope") ?? string.Empty;
        bool isAtManagementGroup =
            scope.StartsWith("/providers/Microsoft.Management/", StringComparison.OrdinalIgnoreCase);
        bool applies = isAtManagementGroup
            || (resourceId + "/").StartsWith(scope.TrimEnd('/') + "/", StringComparison.OrdinalIgnoreCase);
        // This machine's clock may be behind.
        return applies ? new Assignment(roleId, age > TimeSpan.Zero ? age : TimeSpan.Zero, isAtManagementGroup) : null;
    }

    /// <summary>A role assignment, as far as it matters here.</summary>
    private sealed record Assignment(string RoleId, TimeSpan Age, bool IsAtManagementGroup);

    /// <summary>A role assignment that the service may not know yet.</summary>
    private sealed record NewAssignment(string Role, TimeSpan Age, bool IsAtManagementGroup);
}
