using System.Collections.Concurrent;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// Azure RBAC: roles, who has them where, and the rules that logs are sent to. Resource Manager knows an assignment at
/// once; the endpoint of a rule after half an hour, as Microsoft's troubleshooting guides for ingestion say.
/// </summary>
public sealed class AccessControl
{
    /// <summary>What sending logs to a rule requires.</summary>
    internal const string SendLogs = "Microsoft.Insights/Telemetry/Write";

    private static readonly TimeSpan IngestionDelay = TimeSpan.FromMinutes(30);

    private readonly ConcurrentQueue<RoleDefinition> _roles = new(RoleDefinition.BuiltIn);
    private readonly ConcurrentQueue<RoleAssignment> _assignments = new();
    private readonly ConcurrentQueue<DataCollectionRule> _rules = new();
    private readonly EntraDirectory _directory;

    internal AccessControl(EntraDirectory directory) => _directory = directory;

    /// <summary>Adds a custom role.</summary>
    public RoleDefinition AddRole(RoleDefinition role)
    {
        _roles.Enqueue(role);
        return role;
    }

    public RoleDefinition? FindRole(string nameOrId) => _roles.FirstOrDefault(
        role => nameOrId.Equals(role.Name, StringComparison.OrdinalIgnoreCase)
            || nameOrId.Equals($"{role.Id}", StringComparison.OrdinalIgnoreCase));

    /// <summary>Assigns a role some time ago.</summary>
    public RoleAssignment Assign(
        Guid principalId, RoleDefinition role, string scope, TimeSpan age = default, Guid? id = null)
    {
        var assignment = new RoleAssignment(principalId, role, scope, DateTimeOffset.UtcNow - age)
        {
            Id = id ?? Guid.NewGuid(),
        };
        _assignments.Enqueue(assignment);
        return assignment;
    }

    /// <summary>Makes a data collection rule, from when on its endpoint lets in only those who have a role.</summary>
    public DataCollectionRule AddRule(string? name = null)
    {
        var id = Guid.NewGuid();
        var rule = new DataCollectionRule(
            $"/subscriptions/{_directory.SubscriptionId}/resourceGroups/{EntraDirectory.ResourceGroup}"
                + $"/providers/Microsoft.Insights/dataCollectionRules/{name ?? $"rule-{id:N}"}",
            $"dcr-{id:N}");
        _rules.Enqueue(rule);
        return rule;
    }

    internal DataCollectionRule? FindRule(string immutableId) => _rules.FirstOrDefault(
        rule => rule.ImmutableId.Equals(immutableId, StringComparison.OrdinalIgnoreCase));

    /// <summary>The assignments that a principal has on a resource and above it.</summary>
    internal IEnumerable<RoleAssignment> AssignmentsOf(Guid? principalId, string resource) => _assignments.Where(
        assignment => assignment.PrincipalId == principalId && assignment.Covers(resource));

    internal bool May(Guid? principalId, string action, string resource) =>
        AssignmentsOf(principalId, resource).Any(assignment => assignment.Role.Permits(action, isDataAction: false));

    /// <summary>Whether the endpoint of a rule lets a principal in.</summary>
    internal bool MaySend(Guid? principalId, DataCollectionRule rule) =>
        AssignmentsOf(principalId, rule.Id).Any(
            assignment => assignment.Role.Permits(SendLogs, isDataAction: true)
                && DateTimeOffset.UtcNow - assignment.CreatedOn >= IngestionDelay);
}
