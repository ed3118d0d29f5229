namespace MonitorToken.Tests.Caching;

/// <summary>A caller whose session is busy with what it was asked to do until it leaves, as with Ctrl+C.</summary>
internal sealed class LeavingCaller : ICallerContext
{
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _asked;

    public bool WantsDebug => false;

    /// <summary>How often its session was to be used.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public void Leave() => _left.TrySetResult();

    public void Verbose(string text)
    {
    }

    public void Debug(string text)
    {
    }

    public void Warning(string text)
    {
    }

    public void Progress(string activity, DateTimeOffset? until = null)
    {
    }

    public void Show(string text)
    {
    }

    public Task<string> RunAsync(Func<CancellationToken, string> script, CancellationToken cancellationToken) =>
        BusyAsync<string>();

    public Task<SessionToken?> AskAzAccountsAsync(
        string resource, string? tenantId, CancellationToken cancellationToken) => BusyAsync<SessionToken?>();

    private async Task<T> BusyAsync<T>()
    {
        Interlocked.Increment(ref _asked);
        await _left.Task;
        throw new CallerGoneException();
    }
}
