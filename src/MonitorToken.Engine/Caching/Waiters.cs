namespace MonitorToken.Engine.Caching;

/// <summary>
/// The callers that wait for one request, in the order in which they joined. Messages go to each of them, and a
/// PowerShell session of any of them is used where one is needed, so the caller that started the request can leave
/// without affecting the others. Thread-safe.
/// </summary>
/// <param name="time">
/// Measures how long each caller waits, by timestamps, because the system clock may be changed.
/// </param>
internal sealed class Waiters(TimeProvider time) : ICallerContext
{
    private readonly object _gate = new();
    private readonly List<Waiter> _present = [];
    private Deadline? _backoff;
    private TokenException? _backoffReason;
    private string? _shown;

    public bool WantsDebug => Present().Any(waiter => waiter.Caller.WantsDebug);

    /// <summary>How long the caller with the latest deadline still waits; zero if there is none.</summary>
    public TimeSpan RemainingTime =>
        Present().Select(waiter => waiter.Deadline.Left).DefaultIfEmpty(TimeSpan.Zero).Max();

    /// <summary>The latest deadline of the callers, in UTC.</summary>
    public DateTimeOffset Until => time.GetUtcNow() + RemainingTime;

    /// <summary>
    /// The time until which no request is sent, because the service asked to wait; null if a request may be in flight.
    /// </summary>
    public DateTimeOffset? BackoffUntil
    {
        get
        {
            lock (_gate)
                return _backoff?.Left > TimeSpan.Zero ? time.GetUtcNow() + _backoff.Left : null;
        }
    }

    /// <summary>
    /// The failure that caused the back-off; null if the service asked to wait while this request was in flight.
    /// </summary>
    public TokenException? BackoffReason
    {
        get
        {
            lock (_gate)
                return _backoffReason;
        }
    }

    /// <summary>Adds a caller, and shows it the sign-in prompt that the others have seen.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="timeout">How long it waits.</param>
    public Waiter Join(ICallerContext caller, TimeSpan timeout)
    {
        var waiter = new Waiter(caller, new Deadline(time, timeout));
        string? shown;
        lock (_gate)
        {
            _present.Add(waiter);
            shown = _shown;
        }

        if (shown is not null)
            caller.Show(shown);
        return waiter;
    }

    /// <summary>Removes a caller.</summary>
    /// <returns>Whether it was the last one.</returns>
    public bool Leave(Waiter waiter)
    {
        lock (_gate)
        {
            _present.Remove(waiter);
            if (_present.Count > 0)
                return false;

            (_shown, _backoff, _backoffReason) = (null, null, null);
            return true;
        }
    }

    /// <summary>Records that no request is sent for a while, and shows that as progress.</summary>
    /// <param name="until">When the next request is sent, in UTC.</param>
    /// <param name="activity">The text to show.</param>
    /// <param name="reason">The failure that caused the back-off; null if the service asked to wait.</param>
    public void BeginBackoff(DateTimeOffset until, string activity, TokenException? reason = null)
    {
        lock (_gate)
            (_backoff, _backoffReason) = (new Deadline(time, until - time.GetUtcNow()), reason);
        Progress(activity, until);
    }

    public void Verbose(string text) => ForEach(caller => caller.Verbose(text));

    public void Debug(string text) => ForEach(caller => caller.Debug(text));

    public void Warning(string text) => ForEach(caller => caller.Warning(text));

    public void Progress(string activity, DateTimeOffset? until = null) =>
        ForEach(caller => caller.Progress(activity, until));

    public void Show(string text)
    {
        lock (_gate)
            _shown = text;
        ForEach(caller => caller.Show(text));
    }

    public Task<string> RunAsync(Func<CancellationToken, string> script, CancellationToken cancellationToken) =>
        WithAnyAsync(caller => caller.RunAsync(script, cancellationToken), cancellationToken);

    public Task<SessionToken?> AskAzAccountsAsync(
        string resource, string? tenantId, CancellationToken cancellationToken) =>
        WithAnyAsync(caller => caller.AskAzAccountsAsync(resource, tenantId, cancellationToken), cancellationToken);

    /// <summary>Runs an action with the session of the first caller that still has one.</summary>
    /// <exception cref="CallerGoneException">No caller has a session any longer.</exception>
    private async Task<T> WithAnyAsync<T>(Func<ICallerContext, Task<T>> run, CancellationToken cancellationToken)
    {
        while (Present().FirstOrDefault(waiter => !waiter.IsGone) is { } waiter)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await run(waiter.Caller).ConfigureAwait(false);
            }
            catch (CallerGoneException)
            {
                waiter.IsGone = true;
            }
        }

        throw new CallerGoneException();
    }

    private void ForEach(Action<ICallerContext> action)
    {
        foreach (Waiter waiter in Present())
            action(waiter.Caller);
    }

    private Waiter[] Present()
    {
        lock (_gate)
            return [.. _present];
    }

    /// <summary>One waiting caller.</summary>
    internal sealed class Waiter(ICallerContext caller, Deadline deadline)
    {
        public ICallerContext Caller { get; } = caller;

        public Deadline Deadline { get; } = deadline;

        /// <summary>Whether its session was needed and no longer available.</summary>
        public bool IsGone { get; set; }
    }
}
