namespace MonitorToken.Engine.Memory;

/// <summary>For whom a token is renewed behind everybody's back.</summary>
internal sealed class Nobody : ICaller
{
    public static Nobody Instance { get; } = new();

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
