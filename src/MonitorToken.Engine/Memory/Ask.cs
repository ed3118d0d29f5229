namespace MonitorToken.Engine.Memory;

/// <summary>One caller's wish for a token.</summary>
/// <param name="Request">What is asked for, and how badly.</param>
/// <param name="Caller">Who asks.</param>
/// <param name="Until">When the caller gives up.</param>
/// <param name="InvolvesCaller">Whether a token cannot be had behind the caller's back.</param>
/// <param name="AcquireAsync">Asks the identity service.</param>
internal sealed record Ask(
    TokenRequest Request,
    ICaller Caller,
    DateTimeOffset Until,
    bool InvolvesCaller,
    Func<TokenRequest, Party, CancellationToken, Task<AccessToken>> AcquireAsync)
{
    /// <summary>Those whom the caller has joined; null before that.</summary>
    public Party? Party { get; set; }
}
