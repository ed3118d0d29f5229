namespace MonitorToken.Engine.Caching;

/// <summary>One caller's request for a token, as the <see cref="TokenCache"/> sees it.</summary>
/// <param name="Request">What to ask for, and under which deadline.</param>
/// <param name="Caller">The caller, who receives messages.</param>
/// <param name="WaitTimeout">How long the caller waits.</param>
/// <param name="Limit">How long a request of this credential may take if no caller waits for it.</param>
/// <param name="InvolvesCaller">
/// Whether the token can be acquired only with the caller's PowerShell session or interaction.
/// </param>
/// <param name="AcquireAsync">Sends the request to the identity service.</param>
internal sealed record TokenCacheRequest(
    TokenRequest Request,
    ICallerContext Caller,
    TimeSpan WaitTimeout,
    TimeSpan Limit,
    bool InvolvesCaller,
    Func<TokenRequest, Waiters, CancellationToken, Task<AccessToken>> AcquireAsync)
{
    /// <summary>The callers that wait for the same request; null before this caller has joined them.</summary>
    public Waiters? Waiters { get; set; }
}
