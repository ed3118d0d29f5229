namespace MonitorToken.Engine.Caching;

/// <summary>
/// A request to the identity service that is in flight, and the callers that wait for it. Sharing it among them is also
/// known as single flight, or request coalescing.
/// </summary>
/// <param name="request">The parameters of the request.</param>
/// <param name="number">The number of the request within its cache entry.</param>
/// <param name="time">The source of time; replaced by tests.</param>
internal sealed class InFlightRequest(TokenRequest request, int number, TimeProvider time)
{
    /// <summary>The parameters of the request.</summary>
    public TokenRequest Request { get; } = request;

    /// <summary>
    /// The number of the request within its cache entry, in order of their start. The token of an earlier request does
    /// not replace the token of a later one.
    /// </summary>
    public int Number { get; } = number;

    /// <summary>The callers that wait for the result.</summary>
    public Waiters Waiters { get; } = new(time);

    /// <summary>The longest minimum lifetime that one of the waiting callers requires.</summary>
    public TimeSpan MinimumLifetime { get; set; }

    /// <summary>The result of the request; null before the request has started.</summary>
    public Task<AccessToken>? Answer { get; set; }

    /// <summary>Whether another caller has joined the one that started the request.</summary>
    public bool IsShared { get; set; }

    /// <summary>Cancels the request when no caller waits for it any longer.</summary>
    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>Whether a new request can wait for this one instead of being sent itself.</summary>
    public bool CanServe(TokenRequest request) =>
        (Request.ForceRefresh || !request.ForceRefresh)
        // A member of a chain gives up early, because other members follow; a caller without alternatives must not join
        // it.
        && (!Request.HasAlternatives || request.HasAlternatives)
        && (Request.Renews || request.MinimumLifetime <= Request.MinimumLifetime);
}
