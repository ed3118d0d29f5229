namespace MonitorToken.Engine.Memory;

/// <summary>A request to the identity service that is under way, and those who wait for it.</summary>
internal sealed class Flight(TokenRequest request, int number, TimeProvider time)
{
    public TokenRequest Request { get; } = request;

    /// <summary>Which one it is of its slot: what a later one brings is not replaced by an earlier one's.</summary>
    public int Number { get; } = number;

    public Party Party { get; } = new(time);

    /// <summary>The longest lifetime that one of those who wait has asked for.</summary>
    public TimeSpan MinimumLifetime { get; set; }

    public Task<AccessToken>? Answer { get; set; }

    public CancellationTokenSource Abandon { get; } = new();

    /// <summary>Whether it does for this request too what that would do by itself.</summary>
    public bool Suits(TokenRequest request) =>
        (Request.ForceRefresh || !request.ForceRefresh)
        // One that gives up early because others follow is too hasty for one who has nobody else.
        && (!Request.HasAlternatives || request.HasAlternatives)
        && (Request.Renews || request.MinimumLifetime <= Request.MinimumLifetime);
}
