namespace MonitorToken.Engine.Memory;

/// <summary>
/// Keeps a loop that asks again and again from hammering a service that is down: after a failure that may pass, the
/// next request is held back for a moment that grows from failure to failure, or for as long as the service has said.
/// </summary>
internal sealed class Pause
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    private readonly object _gate = new();
    private TimeSpan _length;
    private TokenException? _reason;
    private DateTimeOffset _until;

    public DateTimeOffset Until
    {
        get
        {
            lock (_gate)
                return _until;
        }
    }

    /// <summary>Waits for its end; fails at once with the earlier failure where nobody has the time for that.</summary>
    public async Task WaitAsync(Party party, CancellationToken cancellationToken)
    {
        TokenException? reason;
        DateTimeOffset until;
        lock (_gate)
            (reason, until) = (_reason, _until);

        TimeSpan left = until - DateTimeOffset.UtcNow;
        if (reason is null || left <= TimeSpan.Zero)
            return;
        if (until > party.Until)
            throw reason;

        party.Pause(until, "Waiting before the identity service is asked again");
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
            _length = _length == TimeSpan.Zero
                ? Shortest
                : TimeSpan.FromTicks(Math.Min(2 * _length.Ticks, Longest.Ticks));
            if (exception.RetryAfter is { } asked)
            {
                _until = asked;
                _reason = exception;
            }
            else
            {
                _until = DateTimeOffset.UtcNow + _length;
                _reason = exception.Because(
                    $"{exception.Message} A call within the next {_length.TotalSeconds:0.#} s waits that long "
                        + "before it asks again.",
                    _until);
            }

            return _reason;
        }
    }

    public void End()
    {
        lock (_gate)
            (_length, _reason, _until) = (TimeSpan.Zero, null, default);
    }
}
