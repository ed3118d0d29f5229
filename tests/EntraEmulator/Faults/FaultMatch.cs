using System.Text.RegularExpressions;

namespace MonitorToken.EntraEmulator;

/// <summary>Which requests a fault is for; what is left out matches all.</summary>
public sealed record FaultMatch
{
    /// <summary>
    /// The listener that the request comes to. Faults of the proxy itself must name it: what goes through its tunnels
    /// comes to the other listeners.
    /// </summary>
    public Listener? Listener { get; init; }

    /// <summary>The whole host name, without the port.</summary>
    public string? Host { get; init; }

    /// <summary>The beginning of the path or, if it begins with ^, a regular expression.</summary>
    public string? Path { get; init; }

    internal bool Includes(Listener listener, string host, string path) =>
        (Listener is null ? listener != EntraEmulator.Listener.Proxy : Listener == listener)
        && (Host is null || Host.Equals(host, StringComparison.OrdinalIgnoreCase))
        && (Path is null || (Path.StartsWith('^')
            ? Regex.IsMatch(path, Path, RegexOptions.IgnoreCase)
            : path.StartsWith(Path, StringComparison.OrdinalIgnoreCase)));
}
