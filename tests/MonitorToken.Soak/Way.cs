namespace MonitorToken.Soak;

/// <summary>Whom a token may be of.</summary>
/// <param name="TenantId">The tenant that issues it.</param>
/// <param name="ClientId">The application or managed identity.</param>
/// <param name="Proof">How it proves itself: 1 by a secret, 2 by a signature.</param>
internal sealed record Identity(string TenantId, string ClientId, string Proof);

/// <summary>From when until when something holds.</summary>
internal sealed class Span
{
    // Far enough away, and near enough to be reckoned with.
    private static readonly DateTimeOffset Never = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private long _until = Never.UtcTicks;
    private long _ending = Never.UtcTicks;

    public DateTimeOffset From { get; } = DateTimeOffset.UtcNow;

    /// <summary>When it may first have been over: nobody knows the moment in between.</summary>
    public DateTimeOffset Ending
    {
        get => new(Interlocked.Read(ref _ending), TimeSpan.Zero);
        set => Interlocked.Exchange(ref _ending, value.UtcTicks);
    }

    public bool IsOver => Until < Never;

    public DateTimeOffset Until
    {
        get => new(Interlocked.Read(ref _until), TimeSpan.Zero);
        set => Interlocked.Exchange(ref _until, value.UtcTicks);
    }
}

/// <summary>What a call asks with, and what may come of it.</summary>
internal sealed class Call
{
    public Dictionary<string, object?> Parameters { get; } = [];

    /// <summary>Those of whom a token may be, given when the call began and ended; nobody for an impostor.</summary>
    public required Func<DateTimeOffset, DateTimeOffset, IEnumerable<Identity>> Whose { get; init; }

    /// <summary>When what it proves itself with is taken; null for always.</summary>
    public Span? Accepted { get; init; }

    /// <summary>Errors that it may meet in the best of weather.</summary>
    public string[] Errors { get; init; } = [];
}

/// <summary>A way of signing in.</summary>
/// <param name="Name">What it is called in the table.</param>
/// <param name="Services">Whom it asks, for the faults that it may meet.</param>
/// <param name="Prepare">What one call asks with.</param>
internal sealed record Way(string Name, string[] Services, Func<Random, Call> Prepare)
{
    /// <summary>Whether a token is to be had at all.</summary>
    public bool Works { get; init; } = true;

    /// <summary>Whether what answers late is taken for something that is not there.</summary>
    public bool MayBeSilent { get; init; }

    /// <summary>How often it is chosen.</summary>
    public int Weight { get; init; } = 4;
}
