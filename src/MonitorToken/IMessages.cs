namespace MonitorToken;

/// <summary>What there is to tell while a token is being fetched. May be called from any thread; never with a secret.</summary>
internal interface IMessages
{
    void Verbose(string text);

    void Warning(string text);

    /// <summary>What is being done now; shown only if it takes long.</summary>
    void Progress(string activity);
}
