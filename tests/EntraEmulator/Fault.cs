using System.Text.RegularExpressions;

namespace MonitorToken.EntraEmulator;

/// <summary>Which requests a fault is for; what is left out matches all.</summary>
public sealed record FaultMatch
{
    /// <summary>The whole host name, without the port.</summary>
    public string? Host { get; init; }

    /// <summary>The beginning of the path or, if it begins with ^, a regular expression.</summary>
    public string? Path { get; init; }

    internal bool Includes(string host, string path) =>
        (Host is null || Host.Equals(host, StringComparison.OrdinalIgnoreCase))
        && (Path is null || (Path.StartsWith('^')
            ? Regex.IsMatch(path, Path, RegexOptions.IgnoreCase)
            : path.StartsWith(Path, StringComparison.OrdinalIgnoreCase)));
}

/// <summary>Something that goes other than well. What is left out goes as usual.</summary>
public sealed record Fault
{
    public FaultMatch Match { get; init; } = new();

    /// <summary>How many requests it spoils; unlimited unless set.</summary>
    public int? Times { get; init; }

    /// <summary>Waits before anything else is done.</summary>
    public int DelayMs { get; init; }

    /// <summary>Never answers.</summary>
    public bool Hang { get; init; }

    /// <summary>Aborts the connection.</summary>
    public bool Drop { get; init; }

    /// <summary>The status, of an empty answer unless there is a body or an error too.</summary>
    public int? Status { get; init; }

    public string? Body { get; init; }

    /// <summary>Are added to the answer, be it a good one.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>An error in Entra's form.</summary>
    public EntraError? Error { get; init; }

    /// <summary>The life left to the token that is given out; negative for an expired one.</summary>
    public int? TokenLifetimeSeconds { get; init; }

    /// <summary>Given out in place of a token of ours, as it is.</summary>
    public string? AccessToken { get; init; }

    /// <summary>The audience in the token, whatever was asked for.</summary>
    public string? Audience { get; init; }

    /// <summary>The tenant in the token, whatever was asked for.</summary>
    public string? Tenant { get; init; }

    internal bool SpoilsToken =>
        TokenLifetimeSeconds is not null || AccessToken is not null || Audience is not null || Tenant is not null;
}
