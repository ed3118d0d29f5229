namespace MonitorToken.Engine.Caching;

/// <summary>One caller's request for a token, as the cache sees it.</summary>
/// <param name="Request">What is asked for, and how urgently.</param>
/// <param name="Caller">Who asks.</param>
/// <param name="Patience">How long the caller waits.</param>
/// <param name="Limit">How long this way of signing in may take where no caller waits for it.</param>
/// <param name="InvolvesCaller">Whether the token can only be had while the caller takes part.</param>
/// <param name="AcquireAsync">Asks the identity service.</param>
internal sealed record TokenCacheRequest(
    TokenRequest Request,
    ICallerContext Caller,
    TimeSpan Patience,
    TimeSpan Limit,
    bool InvolvesCaller,
    Func<TokenRequest, Waiters, CancellationToken, Task<AccessToken>> AcquireAsync)
{
    /// <summary>Those who wait with the caller; null before it has joined them.</summary>
    public Waiters? Waiters { get; set; }
}
