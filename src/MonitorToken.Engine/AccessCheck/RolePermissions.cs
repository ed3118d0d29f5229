using System.Text.Json;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>
/// Evaluates the permissions of role definitions, or those that Resource Manager lists for a caller, as Azure RBAC
/// does: each block grants its data actions except its notDataActions, and the blocks add up.
/// </summary>
internal static class RolePermissions
{
    /// <summary>Whether one of the blocks grants a data action. Control-plane actions (actions) never do.</summary>
    public static bool Grant(IEnumerable<JsonElement> blocks, string dataAction) => blocks.Any(block =>
        Has(block, "dataActions", dataAction) && !Has(block, "notDataActions", dataAction));

    /// <summary>Returns the elements of an array property; none if it is missing or something else.</summary>
    public static IEnumerable<JsonElement> Elements(JsonElement? parent, string name) =>
        parent is { } element
            && EmbeddedJson.Property(element, name) is { ValueKind: JsonValueKind.Array } array
                ? array.EnumerateArray()
                : [];

    /// <summary>
    /// Whether a pattern matches an action: an asterisk stands for any text, slashes included, and case is ignored.
    /// </summary>
    public static bool Matches(string pattern, string action)
    {
        string[] parts = pattern.Split('*');
        string first = parts[0], last = parts[parts.Length - 1];
        if (parts.Length == 1)
            return string.Equals(pattern, action, StringComparison.OrdinalIgnoreCase);
        if (action.Length < first.Length + last.Length
            || !action.StartsWith(first, StringComparison.OrdinalIgnoreCase)
            || !action.EndsWith(last, StringComparison.OrdinalIgnoreCase))
            return false;

        // The earliest place of each part leaves the most for those after it.
        int start = first.Length, end = action.Length - last.Length;
        foreach (string part in parts.Skip(1).Take(parts.Length - 2))
        {
            int found = action.IndexOf(part, start, end - start, StringComparison.OrdinalIgnoreCase);
            if (found < 0)
                return false;
            start = found + part.Length;
        }

        return true;
    }

    private static bool Has(JsonElement block, string list, string action) =>
        Elements(block, list).Any(pattern =>
            pattern.ValueKind == JsonValueKind.String && Matches(pattern.GetString()!, action));
}
