namespace MonitorToken.Engine.Caching;

/// <summary>
/// The back-off that keeps a loop that asks again and again from hammering a service that is down: after a failure that
/// may pass, the next request is held back for a moment that grows from failure to failure, or for as long as the
/// service has said.
/// </summary>
internal sealed class Backoff(TimeProvider time)
{
    /// <summary>Short enough for a person who tries again by hand not to notice.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>How much jitter there is at most.</summary>
    private static readonly TimeSpan MostJitter = TimeSpan.FromSeconds(30);

    /// <summary>By how much the time in an error may be off before it is said anew.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private TimeSpan _length;
    private TokenException? _reason;
    private Deadline? _asked;
    private Deadline? _jittered;

    /// <summary>How long nothing is sent yet; zero when it is over, or nothing has failed.</summary>
    public TimeSpan Left
    {
        get
        {
            lock (_gate)
                return _jittered?.Left is { } left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>The length of the back-off after one of that length.</summary>
    internal static TimeSpan Next(TimeSpan length) =>
        length == TimeSpan.Zero ? Shortest : TimeSpan.FromTicks(Math.Min(2 * length.Ticks, Longest.Ticks));

    /// <summary>
    /// How much later than named the next request comes: up to as much again, so that the many machines that were
    /// turned away together do not come again together.
    /// </summary>
    /// <param name="wait">How long is waited anyway.</param>
    /// <param name="jitter">From 0 to 1.</param>
    internal static TimeSpan JitterFor(TimeSpan wait, double jitter) =>
        TimeSpan.FromTicks((long)(Math.Min(Math.Max(0, wait.Ticks), MostJitter.Ticks) * jitter));

    /// <summary>Waits for its end; fails at once with the earlier failure where nobody has the time for that.</summary>
    public async Task WaitAsync(Waiters waiters, CancellationToken cancellationToken)
    {
        TokenException? reason;
        TimeSpan asked;
        TimeSpan left;
        lock (_gate)
            (reason, asked, left) = (_reason, _asked?.Left ?? TimeSpan.Zero, _jittered?.Left ?? TimeSpan.Zero);

        // Who has no time for the jitter comes when it was told to.
        TimeSpan patience = waiters.Patience;
        if (left > patience)
            left = asked;
        if (reason is null || left <= TimeSpan.Zero)
            return;

        DateTimeOffset now = time.GetUtcNow();
        if (left > patience)
            throw AsOfNow(reason, now + asked);

        waiters.BeginBackoff(now + left, "Waiting before the identity service is asked again", reason);
        waiters.Verbose($"Nothing is sent until {now + left:u}, because of an earlier failure: {reason.Message}");
#if NET
        await Task.Delay(left, time, cancellationToken).ConfigureAwait(false);
#else
        await time.Delay(left, cancellationToken).ConfigureAwait(false);
#endif
    }

    /// <returns>The failure, saying how long the next call is held back.</returns>
    public TokenException Begin(TokenException exception)
    {
        if (exception.Error
            is not (TokenError.AuthorityUnreachable or TokenError.Throttled or TokenError.InvalidResponse))
            return exception;

        lock (_gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            _length = Next(_length);
            TimeSpan wait = exception.RetryAfter - now ?? _length;
            _asked = new Deadline(time, wait);
            _jittered = new Deadline(time, wait + JitterFor(wait, Jitter.Next()));
            _reason = exception.RetryAfter is not null
                ? exception
                : exception.Because(
                    $"{exception.Message} The next call may wait up to {2 * _length.TotalSeconds:0.#} s before it asks "
                        + "again.",
                    now + wait);

            return _reason;
        }
    }

    public void End()
    {
        lock (_gate)
            (_length, _reason, _asked, _jittered) = (TimeSpan.Zero, null, null, null);
    }

    /// <summary>The clock may have been set since, so when to try again is told by the clock as it is now.</summary>
    private static TokenException AsOfNow(TokenException reason, DateTimeOffset retryAfter) =>
        (reason.RetryAfter - retryAfter)?.Duration() < Tolerance
            ? reason
            : reason.Because(reason.Message, retryAfter);
}
