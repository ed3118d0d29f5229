namespace MonitorToken.Engine.Caching;

/// <summary>
/// A caller context that discards all messages and has no PowerShell session; used for renewals in the background.
/// </summary>
internal sealed class NullCaller : ICallerContext
{
    public static NullCaller Instance { get; } = new();

    public bool WantsDebug => false;

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
        throw new CallerGoneException();

    public Task<SessionToken?> AskAzAccountsAsync(
        string resource, string? tenantId, CancellationToken cancellationToken) => throw new CallerGoneException();
}
