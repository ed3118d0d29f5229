namespace MonitorToken.Engine.Memory;

/// <summary>
/// Keeps a loop that asks again and again from hammering a service that is down: after a failure that may pass, the
/// next request is held back for a moment that grows from failure to failure, or for as long as the service has said.
/// </summary>
internal sealed class Pause
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>How late by chance the next request comes at most.</summary>
    private static readonly TimeSpan Latest = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private TimeSpan _length;
    private TokenException? _reason;
    private DateTimeOffset _asked;
    private DateTimeOffset _until;

    public DateTimeOffset Until
    {
        get
        {
            lock (_gate)
                return _until;
        }
    }

    /// <summary>The next pause after one of that length.</summary>
    internal static TimeSpan Next(TimeSpan length) =>
        length == TimeSpan.Zero ? Shortest : TimeSpan.FromTicks(Math.Min(2 * length.Ticks, Longest.Ticks));

    /// <summary>
    /// How much later than named the next request comes: up to as much again, so that the many machines that were
    /// turned away together do not come again together.
    /// </summary>
    /// <param name="wait">How long is waited anyway.</param>
    /// <param name="chance">From 0 to 1.</param>
    internal static TimeSpan Lateness(TimeSpan wait, double chance) =>
        TimeSpan.FromTicks((long)(Math.Min(Math.Max(0, wait.Ticks), Latest.Ticks) * chance));

    /// <summary>Waits for its end; fails at once with the earlier failure where nobody has the time for that.</summary>
    public async Task WaitAsync(Party party, CancellationToken cancellationToken)
    {
        TokenException? reason;
        DateTimeOffset asked;
        DateTimeOffset until;
        lock (_gate)
            (reason, asked, until) = (_reason, _asked, _until);

        // Who has no time to be late comes when it was told to.
        if (until > party.Until)
            until = asked;

        TimeSpan left = until - DateTimeOffset.UtcNow;
        if (reason is null || left <= TimeSpan.Zero)
            return;
        if (until > party.Until)
            throw reason;

        party.Pause(until, "Waiting before the identity service is asked again", reason);
        party.Verbose($"Nothing is sent until {until:u}, because of an earlier failure: {reason.Message}");
        await Task.Delay(left, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>The failure, saying how long the next call is held back.</returns>
    public TokenException Begin(TokenException exception)
    {
        if (exception.Error
            is not (TokenError.AuthorityUnreachable or TokenError.Throttled or TokenError.InvalidResponse))
            return exception;

        lock (_gate)
        {
            // Who had no time to wait was told the earlier failure again; nothing was sent.
            if (ReferenceEquals(exception, _reason))
                return exception;

            DateTimeOffset now = DateTimeOffset.UtcNow;
            _length = Next(_length);
            _asked = exception.RetryAfter ?? now + _length;
            _until = _asked + Lateness(_asked - now, Chance.Next());
            _reason = exception.RetryAfter is not null
                ? exception
                : exception.Because(
                    $"{exception.Message} The next call may wait up to {2 * _length.TotalSeconds:0.#} s before it asks "
                        + "again.",
                    _asked);

            return _reason;
        }
    }

    public void End()
    {
        lock (_gate)
            (_length, _reason, _asked, _until) = (TimeSpan.Zero, null, default, default);
    }
}
