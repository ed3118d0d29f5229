using MonitorToken.EntraEmulator;

namespace MonitorToken.Proofs.Faults;

/// <summary>One line of the campaign: who signs in, what goes wrong, and what the contract promises.</summary>
internal sealed record FaultRow
{
    /// <summary>Under which heading the page has it.</summary>
    public required string Chapter { get; init; }

    public required string Way { get; init; }

    public required string Fault { get; init; }

    /// <summary>The error id that is promised; null for a token.</summary>
    public TokenError? Error { get; init; }

    /// <summary>A token comes, and a warning with it.</summary>
    public bool Warns { get; init; }

    /// <summary>
    /// The wait that was asked for is heeded: the next call sends nothing, and only a forced one asks at once.
    /// </summary>
    public bool IsHeeded { get; init; }

    /// <summary>The world cannot be put right for this one, such as a key of the wrong kind.</summary>
    public bool StaysBroken { get; init; }

    /// <summary>A part of the message that tells it from others of the same id.</summary>
    public string? Says { get; init; }

    /// <summary>How long the caller waits; null for as long as the way of signing in does.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What the process must see while this is tried.</summary>
    public Setting Setting { get; init; } = Setting.Anywhere;

    /// <summary>What it shares with other rows, so that they go one after the other.</summary>
    public IReadOnlyList<string> Shares { get; init; } = [];

    /// <summary>It spoils what rows of other chapters use as well, and so comes after them.</summary>
    public bool IsLast { get; init; }

    /// <summary>Why it cannot be tried here; null where it can.</summary>
    public Func<Emulator, string?> Skip { get; init; } = _ => null;

    public required Func<World, CredentialOptions> Options { get; init; }

    /// <summary>Makes it go wrong.</summary>
    public required Action<World> Break { get; init; }

    public string Name => $"{Way}: {Fault}";

    public string Promise => Error is { } error ? $"`{error}`" : Warns ? "a token, with a warning" : "a token";

    public string Next =>
        StaysBroken ? "the same, until it's fixed"
        : IsHeeded ? "`Throttled`, without a request; with `-ForceRefresh` a token"
        : "a token";
}
