namespace MonitorToken.Engine.Caching;

/// <summary>A request to the identity service that is in flight, and those who wait for it.</summary>
internal sealed class InFlightRequest(TokenRequest request, int number, TimeProvider time)
{
    public TokenRequest Request { get; } = request;

    /// <summary>Its place in the entry's order: what a later one brings is not replaced by an earlier one's.</summary>
    public int Number { get; } = number;

    public Waiters Waiters { get; } = new(time);

    /// <summary>The longest lifetime that one of those who wait has asked for.</summary>
    public TimeSpan MinimumLifetime { get; set; }

    /// <summary>The outcome; null until it was begun.</summary>
    public Task<AccessToken>? Answer { get; set; }

    /// <summary>Whether somebody has joined whoever began it.</summary>
    public bool IsShared { get; set; }

    /// <summary>Ends it when nobody waits any more.</summary>
    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>Whether this request can wait for it instead of being sent itself.</summary>
    public bool CanServe(TokenRequest request) =>
        (Request.ForceRefresh || !request.ForceRefresh)
        // One that gives up early because others follow is too hasty for one who has nobody else.
        && (!Request.HasAlternatives || request.HasAlternatives)
        && (Request.Renews || request.MinimumLifetime <= Request.MinimumLifetime);
}
