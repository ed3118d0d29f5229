namespace MonitorToken.Engine.Memory;

/// <summary>
/// All who wait for one answer, in the order in which they came. What there is to tell is told to each of them, and
/// the session of any of them will do: whoever began may leave, and the others lose nothing.
/// </summary>
/// <param name="time">Its timestamps, not its clock, decide how long anybody waits: a clock may be set meanwhile.</param>
internal sealed class Party(TimeProvider time) : ICaller
{
    private readonly object _gate = new();
    private readonly List<Member> _present = [];
    private Deadline? _pause;
    private TokenException? _pauseReason;
    private string? _shown;

    public bool WantsDebug => Present().Any(member => member.Caller.WantsDebug);

    /// <summary>How long the most patient of them goes on waiting; zero where nobody does.</summary>
    public TimeSpan Patience =>
        Present().Select(member => member.Deadline.Left).DefaultIfEmpty(TimeSpan.Zero).Max();

    /// <summary>When the most patient of them gives up, by the clock as it is now.</summary>
    public DateTimeOffset Until => time.GetUtcNow() + Patience;

    /// <summary>
    /// Until when nothing is sent, because the service has asked for it; null while it is being asked.
    /// </summary>
    public DateTimeOffset? PauseUntil
    {
        get
        {
            lock (_gate)
                return _pause?.Left > TimeSpan.Zero ? time.GetUtcNow() + _pause.Left : null;
        }
    }

    /// <summary>The failure that nothing is sent after; null where the service has asked to wait meanwhile.</summary>
    public TokenException? PauseReason
    {
        get
        {
            lock (_gate)
                return _pauseReason;
        }
    }

    /// <param name="caller">Who waits from now on.</param>
    /// <param name="patience">For how long.</param>
    public Member Join(ICaller caller, TimeSpan patience)
    {
        var member = new Member(caller, new Deadline(time, patience));
        string? shown;
        lock (_gate)
        {
            _present.Add(member);
            shown = _shown;
        }

        if (shown is not null)
            caller.Show(shown);
        return member;
    }

    /// <returns>Whether nobody is left.</returns>
    public bool Leave(Member member)
    {
        lock (_gate)
        {
            _present.Remove(member);
            if (_present.Count > 0)
                return false;

            (_shown, _pause, _pauseReason) = (null, null, null);
            return true;
        }
    }

    /// <summary>Says that nothing is sent for a while.</summary>
    public void Pause(DateTimeOffset until, string activity, TokenException? reason = null)
    {
        lock (_gate)
            (_pause, _pauseReason) = (new Deadline(time, until - time.GetUtcNow()), reason);
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
    private async Task<T> WithAnyAsync<T>(Func<ICaller, Task<T>> ask, CancellationToken cancellationToken)
    {
        while (Present().FirstOrDefault(member => !member.IsGone) is { } member)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await ask(member.Caller).ConfigureAwait(false);
            }
            catch (CallerGoneException)
            {
                member.IsGone = true;
            }
        }

        throw new CallerGoneException();
    }

    private void ForEach(Action<ICaller> tell)
    {
        foreach (Member member in Present())
            tell(member.Caller);
    }

    private Member[] Present()
    {
        lock (_gate)
            return [.. _present];
    }

    internal sealed class Member(ICaller caller, Deadline deadline)
    {
        public ICaller Caller { get; } = caller;

        public Deadline Deadline { get; } = deadline;

        /// <summary>Whether its session was wanted and is there no more.</summary>
        public bool IsGone { get; set; }
    }
}
