using System.Collections.Concurrent;

namespace MonitorToken.Tests;

internal sealed class RecordingCaller : ICaller
{
    public ConcurrentQueue<string> Verboses { get; } = new();

    public ConcurrentQueue<string> Warnings { get; } = new();

    public ConcurrentQueue<string> Shown { get; } = new();

    public ConcurrentQueue<DateTimeOffset?> Deadlines { get; } = new();

    /// <summary>What to do once something is shown, such as entering a code.</summary>
    public Action<string> OnShow { get; set; } = _ => { };

    public string? AzContext { get; set; }

    public Func<string, string?, SessionToken?> AzAccounts { get; set; } = (_, _) => null;

    public TimeSpan AzAccountsDelay { get; set; }

    public void Verbose(string text) => Verboses.Enqueue(text);

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

    public Task<string> RunAsync(Func<string> script) => Task.FromResult(script());

    public async Task<SessionToken?> AskAzAccountsAsync(string resource, string? tenantId)
    {
        await Task.Delay(AzAccountsDelay);
        return AzAccounts(resource, tenantId);
    }
}
