namespace MonitorToken.EntraEmulator;

/// <summary>
/// A role of Azure RBAC: what it permits, with asterisks for any text, and what it leaves out of that.
/// </summary>
public sealed record RoleDefinition(string Name)
{
    public Guid Id { get; init; } = Guid.NewGuid();

    public IReadOnlyList<string> Actions { get; init; } = [];

    public IReadOnlyList<string> NotActions { get; init; } = [];

    public IReadOnlyList<string> DataActions { get; init; } = [];

    public IReadOnlyList<string> NotDataActions { get; init; } = [];

    /// <summary>
    /// Built-in roles as MicrosoftDocs/azure-docs has them, in articles/role-based-access-control/built-in-roles.
    /// </summary>
    internal static readonly RoleDefinition[] BuiltIn =
    [
        new("Owner") { Id = new("8e3af657-a8ff-443c-a75c-2fe8c4bcb635"), Actions = ["*"] },
        new("Contributor")
        {
            Id = new("b24988ac-6180-42a0-ab88-20f7382dd24c"),
            Actions = ["*"],
            NotActions =
            [
                "Microsoft.Authorization/*/Delete",
                "Microsoft.Authorization/*/Write",
                "Microsoft.Authorization/elevateAccess/Action",
            ],
        },
        new("Reader") { Id = new("acdd72a7-3385-48ef-bd42-f606fba81ae7"), Actions = ["*/read"] },
        new("Monitoring Reader")
        {
            Id = new("43d0d8ad-25c7-4714-9337-8ba259a9fe05"),
            Actions = ["*/read", "Microsoft.OperationalInsights/workspaces/search/action", "Microsoft.Support/*"],
        },
        new("Log Analytics Reader")
        {
            Id = new("73c42c96-874c-492b-b04d-ab87d138a893"),
            Actions =
            [
                "*/read",
                "Microsoft.OperationalInsights/workspaces/analytics/query/action",
                "Microsoft.OperationalInsights/workspaces/search/action",
                "Microsoft.Support/*",
            ],
            NotActions = ["Microsoft.OperationalInsights/workspaces/sharedKeys/read"],
        },
        new("Monitoring Metrics Publisher")
        {
            Id = new("3913510d-42f4-4e42-8a64-420c390055eb"),
            Actions =
            [
                "Microsoft.Insights/Register/Action",
                "Microsoft.Support/*",
                "Microsoft.Resources/subscriptions/resourceGroups/read",
            ],
            DataActions = ["Microsoft.Insights/Metrics/Write", "Microsoft.Insights/Telemetry/Write"],
        },
    ];

    /// <summary>Whether it permits an action; data actions and others are told apart.</summary>
    internal bool Permits(string action, bool isDataAction) => isDataAction
        ? Any(DataActions, action) && !Any(NotDataActions, action)
        : Any(Actions, action) && !Any(NotActions, action);

    private static bool Any(IEnumerable<string> patterns, string action) => patterns.Any(
        pattern => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, action, ignoreCase: true));
}
