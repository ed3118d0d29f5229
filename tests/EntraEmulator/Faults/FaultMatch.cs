using System.Text.RegularExpressions;

namespace MonitorToken.EntraEmulator;

/// <summary>Which requests a fault is for; what is left out matches all.</summary>
public sealed record FaultMatch
{
    private const string AllScopes = "/.default";

    /// <summary>
    /// The listener that the request comes to. Faults of the proxy itself must name it: what goes through its tunnels
    /// comes to the other listeners.
    /// </summary>
    public Listener? Listener { get; init; }

    /// <summary>The whole host name, without the port.</summary>
    public string? Host { get; init; }

    /// <summary>The beginning of the path or, if it begins with ^, a regular expression.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// The whole <c>resource</c>, in the query or the form, by which hosts of managed identities are asked; or of a
    /// <c>scope</c> what comes before <c>/.default</c>.
    /// </summary>
    public string? Resource { get; init; }

    internal bool Includes(RecordedRequest request) =>
        (Listener is null ? request.Listener != EntraEmulator.Listener.Proxy : Listener == request.Listener)
        && (Host is null || Host.Equals(request.Host, StringComparison.OrdinalIgnoreCase))
        && (Path is null || (Path.StartsWith('^')
            ? Regex.IsMatch(request.Path, Path, RegexOptions.IgnoreCase)
            : request.Path.StartsWith(Path, StringComparison.OrdinalIgnoreCase)))
        && (Resource is null || Resource == ResourceOf(request));

    private static string? ResourceOf(RecordedRequest request) =>
        request.Query.GetValueOrDefault("resource")
        ?? request.Form.GetValueOrDefault("resource")
        ?? request.Form.GetValueOrDefault("scope")?.Split(' ')
            .FirstOrDefault(scope => scope.EndsWith(AllScopes, StringComparison.Ordinal))
            ?[..^AllScopes.Length];
}
