using System.Collections.Concurrent;

namespace MonitorToken.Tests;

internal sealed class RecordingCaller : ICallerContext
{
    public ConcurrentQueue<string> Verboses { get; } = new();

    public ConcurrentQueue<string> Warnings { get; } = new();

    public ConcurrentQueue<string> Shown { get; } = new();

    public ConcurrentQueue<DateTimeOffset?> Deadlines { get; } = new();

    /// <summary>What to do once something is shown, such as entering a code.</summary>
    public Action<string> OnShow { get; set; } = _ => { };

    /// <summary>What to do once something is told, such as changing a variable.</summary>
    public Action<string> OnVerbose { get; set; } = _ => { };

    public Func<string, string?, SessionToken?> AzAccounts { get; set; } = (_, _) => null;

    public TimeSpan AzAccountsDelay { get; set; }

    public ConcurrentQueue<string> Debugs { get; } = new();

    public bool WantsDebug { get; set; }

    public void Verbose(string text)
    {
        Verboses.Enqueue(text);
        OnVerbose(text);
    }

    public void Debug(string text) => Debugs.Enqueue(text);

    public void Warning(string text) => Warnings.Enqueue(text);

    public void Progress(string activity, DateTimeOffset? until = null)
    {
        if (until is not null)
            Deadlines.Enqueue(until);
    }

    public void Show(string text)
    {
        Shown.Enqueue(text);
        OnShow(text);
    }

    /// <summary>Whether it is still there for a script of its own.</summary>
    public bool IsGone { get; set; }

    public Task<string> RunAsync(Func<CancellationToken, string> script, CancellationToken cancellationToken) =>
        IsGone ? throw new CallerGoneException() : Task.Run(() => script(cancellationToken), cancellationToken);

    public async Task<SessionToken?> AskAzAccountsAsync(
        string resource, string? tenantId, CancellationToken cancellationToken)
    {
        await Task.Delay(AzAccountsDelay, cancellationToken);
        return IsGone ? throw new CallerGoneException() : AzAccounts(resource, tenantId);
    }
}
