namespace MonitorToken.Engine.Caching;

/// <summary>
/// Exponential back-off between requests. After a transient failure, the next request for the same token is held back
/// for a delay that doubles with each failure, or for as long as the service's Retry-After. It stops a script
/// that calls in a loop from overloading a service that is down. Thread-safe.
/// </summary>
/// <param name="time">The source of time and timers; replaced by tests.</param>
internal sealed class Backoff(TimeProvider time)
{
    /// <summary>The first delay. Chosen: too short to be noticed by a user who runs the command again.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest delay without a Retry-After. Chosen.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>The upper limit of the jitter. Chosen.</summary>
    private static readonly TimeSpan MostJitter = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How far <see cref="TokenException.RetryAfter"/> may differ from the time that remains before the exception is
    /// built again with a corrected one. Chosen.
    /// </summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private TimeSpan _length;
    private TokenException? _reason;
    private Deadline? _withoutJitter;
    private Deadline? _withJitter;

    /// <summary>
    /// The time until the next request may be sent, jitter included; zero when no back-off is in effect.
    /// </summary>
    public TimeSpan Left
    {
        get
        {
            lock (_gate)
                return _withJitter?.Left is { } left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>
    /// Returns the delay that follows a delay of the given length: twice as long, between the two limits.
    /// </summary>
    internal static TimeSpan Next(TimeSpan length) =>
        length == TimeSpan.Zero ? Shortest : TimeSpan.FromTicks(Math.Min(2 * length.Ticks, Longest.Ticks));

    /// <summary>
    /// Returns the jitter to add to a delay: up to the length of the delay again, so that many machines that were
    /// throttled together do not send their next requests together.
    /// </summary>
    /// <param name="wait">The delay that the jitter is added to.</param>
    /// <param name="jitter">A random number from 0 to 1.</param>
    internal static TimeSpan JitterFor(TimeSpan wait, double jitter) =>
        TimeSpan.FromTicks((long)(Math.Min(Math.Max(0, wait.Ticks), MostJitter.Ticks) * jitter));

    /// <summary>
    /// Waits until the back-off is over. If no caller waits for that long, throws the failure that began it at once.
    /// </summary>
    /// <param name="waiters">The callers that wait for the request.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="TokenException">The back-off lasts longer than the callers wait.</exception>
    public async Task WaitAsync(Waiters waiters, CancellationToken cancellationToken)
    {
        TokenException? reason;
        TimeSpan asked;
        TimeSpan left;
        lock (_gate)
        {
            reason = _reason;
            asked = _withoutJitter?.Left ?? TimeSpan.Zero;
            left = _withJitter?.Left ?? TimeSpan.Zero;
        }

        // Without time for the jitter, send the request at the time that the service specified.
        TimeSpan remaining = waiters.RemainingTime;
        if (left > remaining)
            left = asked;
        if (reason is null || left <= TimeSpan.Zero)
            return;

        DateTimeOffset now = time.GetUtcNow();
        if (left > remaining)
            throw AsOfNow(reason, now + asked);

        waiters.BeginBackoff(now + left, "Waiting before the next request to the identity service", reason);
        waiters.Verbose($"No request is sent until {now + left:u}, because of an earlier failure: {reason.Message}");
#if NET
        await Task.Delay(left, time, cancellationToken).ConfigureAwait(false);
#else
        await time.Delay(left, cancellationToken).ConfigureAwait(false);
#endif
    }

    /// <summary>Begins a back-off if the failure is transient.</summary>
    /// <param name="exception">The failure of the request.</param>
    /// <returns>
    /// The exception to throw: with the time until which the next call is held back, or unchanged if the failure is not
    /// transient.
    /// </returns>
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
            _withoutJitter = new Deadline(time, wait);
            _withJitter = new Deadline(time, wait + JitterFor(wait, Jitter.Next()));
            _reason = exception.RetryAfter is not null
                ? exception
                : exception.With(
                    $"{exception.Message} The next call may wait up to {2 * _length.TotalSeconds:0.#} s before it "
                        + "sends a request.",
                    now + wait);

            return _reason;
        }
    }

    /// <summary>
    /// Ends the back-off after a successful request; the next failure begins with the shortest delay again.
    /// </summary>
    public void End()
    {
        lock (_gate)
            (_length, _reason, _withoutJitter, _withJitter) = (TimeSpan.Zero, null, null, null);
    }

    /// <summary>
    /// Corrects the time of the next attempt, because the system clock may have been changed since the failure.
    /// </summary>
    private static TokenException AsOfNow(TokenException reason, DateTimeOffset retryAfter) =>
        (reason.RetryAfter - retryAfter)?.Duration() < Tolerance
            ? reason
            : reason.With(reason.Message, retryAfter);
}
