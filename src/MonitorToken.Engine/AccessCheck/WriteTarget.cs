using System.Text.RegularExpressions;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>
/// What a URI that accepts only POST writes to, as Azure RBAC sees it: an Azure resource, and the data action on
/// it that the service requires. Both actions are in the role Monitoring Metrics Publisher (azure-docs,
/// role-based-access-control/built-in-roles/monitor.md).
/// </summary>
/// <param name="Kind">What to call the resource.</param>
/// <param name="DataAction">The data action that sending requires.</param>
/// <param name="ResourceId">The resource id; null if the URI contains the immutable id instead.</param>
/// <param name="ImmutableId">The immutable id of the data collection rule; null for any other resource.</param>
internal sealed record WriteTarget(string Kind, string DataAction, string? ResourceId, string? ImmutableId)
{
    /// <summary>The role that is meant for senders, the only built-in one with these data actions.</summary>
    public const string Role = "Monitoring Metrics Publisher";

    /// <summary>The id of <see cref="Role"/>, which is the same in all clouds.</summary>
    public const string RoleId = "3913510d-42f4-4e42-8a64-420c390055eb";

    /// <summary>The longest path that is parsed, in characters. Chosen: resource ids are shorter.</summary>
    private const int MaxPathLength = 2048;

    private const string GuidPattern = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    /// <summary>
    /// A name within a resource id. Narrower than what Azure accepts: the id becomes a part of a URI and of a
    /// command line that the user is meant to run, so it must not contain anything that ends a path or a quoted string.
    /// </summary>
    private const string Segment = @"[\p{L}\p{Nd}_(][\p{L}\p{Nd}._() -]*";

    private const string ResourceIdPattern =
        $"/subscriptions/{GuidPattern}/resourceGroups/{Segment}/providers/{Segment}(?:/{Segment}/{Segment})+";

    private const string RoleDefinitionPattern =
        $"(?:/subscriptions/{GuidPattern}|/providers/Microsoft\\.Management/managementGroups/{Segment})?"
            + $"/providers/Microsoft\\.Authorization/roleDefinitions/{GuidPattern}";

    /// <summary>
    /// Logs, and by the same pipeline Prometheus remote write and OTLP, whose paths continue after the stream. The id
    /// is part of a query, so nothing but an id is accepted.
    /// </summary>
    private const string StreamPattern = "/dataCollectionRules/(?<id>dcr-[0-9a-f]{32})/streams/.+";

    /// <summary>Parses a URI; null if it doesn't show in the documented format what it writes to.</summary>
    public static WriteTarget? TryParse(Uri endpoint, MonitorResource service)
    {
        if (endpoint.AbsolutePath.Length > MaxPathLength)
            return null;

        string path = Uri.UnescapeDataString(endpoint.AbsolutePath);
        return service.Name switch
        {
            "LogsIngestion" when Whole(StreamPattern, path) is { Success: true } stream => new(
                "data collection rule",
                "Microsoft.Insights/Telemetry/Write",
                ResourceId: null,
                stream.Groups["id"].Value.ToLowerInvariant()),
            "CustomMetrics" when Whole($"(?<id>{ResourceIdPattern})/metrics", path) is { Success: true } resource =>
                new("resource", "Microsoft.Insights/Metrics/Write", resource.Groups["id"].Value, ImmutableId: null),
            _ => null,
        };
    }

    /// <summary>Whether a text is the id of a resource that may be called and displayed.</summary>
    public static bool IsResourceId(string? text) => IsWhole(ResourceIdPattern, text);

    /// <summary>Whether a text is the id of a role definition that may be called.</summary>
    public static bool IsRoleDefinitionId(string? text) => IsWhole(RoleDefinitionPattern, text);

    private static bool IsWhole(string pattern, string? text) =>
        text is { Length: <= MaxPathLength } && Whole(pattern, text).Success;

    private static Match Whole(string pattern, string text) =>
        Regex.Match(text, $@"\A{pattern}\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
