namespace MonitorToken.EntraEmulator;

/// <summary>A role that a principal has on something and all that is in it.</summary>
/// <param name="PrincipalId">The object id of a user, a service principal or a managed identity.</param>
/// <param name="Role">What it may do there.</param>
/// <param name="Scope">The id of a resource, a resource group, a subscription or a management group.</param>
/// <param name="CreatedOn">Since when.</param>
public sealed record RoleAssignment(Guid PrincipalId, RoleDefinition Role, string Scope, DateTimeOffset CreatedOn)
{
    private const string ManagementGroups = "/providers/Microsoft.Management/managementGroups/";

    public Guid Id { get; init; } = Guid.NewGuid();

    // All subscriptions are in all management groups.
    internal bool Covers(string resource) =>
        Scope.StartsWith(ManagementGroups, StringComparison.OrdinalIgnoreCase)
        || resource.Equals(Scope, StringComparison.OrdinalIgnoreCase)
        || resource.StartsWith(Scope.TrimEnd('/') + "/", StringComparison.OrdinalIgnoreCase);
}
