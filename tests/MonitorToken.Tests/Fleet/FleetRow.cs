namespace MonitorToken.Tests.Fleet;

/// <summary>A fleet: what tokens its machines get, and how often they ask.</summary>
/// <param name="Name">What it is called in the table.</param>
/// <param name="AsksEvery">How often a machine's script asks for the token.</param>
/// <param name="Life">How many seconds a token lives.</param>
internal sealed record FleetRow(string Name, TimeSpan AsksEvery, Func<Random, double> Life)
{
    /// <summary>Whether all scripts ask at the same moments, as scheduled tasks do, and not each at its own.</summary>
    public bool AsksTogether { get; init; }

    /// <summary>When the service wishes the token to be renewed, if it says so.</summary>
    public TimeSpan? RefreshIn { get; init; }

    /// <summary>
    /// The host gives the token that it gave before until so shortly before its end; null for one that makes a new one
    /// each time.
    /// </summary>
    public TimeSpan? KeepsUntil { get; init; }

    /// <summary>The time that is looked at: the second hour, or for tokens of a day the second day.</summary>
    public (TimeSpan From, TimeSpan Until) Watched { get; init; } = (TimeSpan.FromHours(1), TimeSpan.FromHours(2));

    /// <summary>How many times lower the peak must be with the spread than without; 0 where it is only told.</summary>
    public int AtLeastLowerBy { get; init; } = 10;

    public override string ToString() => Name;
}
