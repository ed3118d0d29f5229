namespace MonitorToken.Engine.Caching;

/// <summary>
/// All who wait for one answer, in the order in which they came. What there is to tell is told to each of them, and
/// the session of any of them will do: whoever began may leave, and the others lose nothing.
/// </summary>
/// <param name="time">Measures how long anybody waits, by timestamps: the clock may be set meanwhile.</param>
internal sealed class Waiters(TimeProvider time) : ICallerContext
{
    private readonly object _gate = new();
    private readonly List<Waiter> _present = [];
    private Deadline? _backoff;
    private TokenException? _backoffReason;
    private string? _shown;

    public bool WantsDebug => Present().Any(waiter => waiter.Caller.WantsDebug);

    /// <summary>How long the most patient of them goes on waiting; zero where nobody does.</summary>
    public TimeSpan Patience =>
        Present().Select(waiter => waiter.Deadline.Left).DefaultIfEmpty(TimeSpan.Zero).Max();

    /// <summary>When the most patient of them gives up, by the clock as it is now.</summary>
    public DateTimeOffset Until => time.GetUtcNow() + Patience;

    /// <summary>
    /// Until when nothing is sent, because the service has asked for it; null while it is being asked.
    /// </summary>
    public DateTimeOffset? BackoffUntil
    {
        get
        {
            lock (_gate)
                return _backoff?.Left > TimeSpan.Zero ? time.GetUtcNow() + _backoff.Left : null;
        }
    }

    /// <summary>The failure that nothing is sent after; null where the service has asked to wait meanwhile.</summary>
    public TokenException? BackoffReason
    {
        get
        {
            lock (_gate)
                return _backoffReason;
        }
    }

    /// <param name="caller">Who waits from now on.</param>
    /// <param name="patience">For how long.</param>
    public Waiter Join(ICallerContext caller, TimeSpan patience)
    {
        var waiter = new Waiter(caller, new Deadline(time, patience));
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

    /// <returns>Whether nobody is left.</returns>
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

    /// <summary>Says that nothing is sent for a while.</summary>
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

    /// <summary>Each is asked once; the next one only where one has left.</summary>
    private async Task<T> WithAnyAsync<T>(Func<ICallerContext, Task<T>> ask, CancellationToken cancellationToken)
    {
        while (Present().FirstOrDefault(waiter => !waiter.IsGone) is { } waiter)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await ask(waiter.Caller).ConfigureAwait(false);
            }
            catch (CallerGoneException)
            {
                waiter.IsGone = true;
            }
        }

        throw new CallerGoneException();
    }

    private void ForEach(Action<ICallerContext> tell)
    {
        foreach (Waiter waiter in Present())
            tell(waiter.Caller);
    }

    private Waiter[] Present()
    {
        lock (_gate)
            return [.. _present];
    }

    internal sealed class Waiter(ICallerContext caller, Deadline deadline)
    {
        public ICallerContext Caller { get; } = caller;

        public Deadline Deadline { get; } = deadline;

        /// <summary>Whether its session was wanted and is there no more.</summary>
        public bool IsGone { get; set; }
    }
}
