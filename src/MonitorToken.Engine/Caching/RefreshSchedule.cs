namespace MonitorToken.Engine.Caching;

/// <summary>Determines when a token is due for renewal: ahead of its expiry, with jitter.</summary>
internal static class RefreshSchedule
{
    /// <summary>
    /// A token that is due is returned at once and renewed in the background while more than this is left of its
    /// lifetime; after that, callers wait for the new token. Chosen: below Azure.Core's refresh margin of 5 minutes,
    /// and above the time that one request with its retries may take.
    /// </summary>
    public static readonly TimeSpan BlockingMargin = TimeSpan.FromMinutes(3);

    /// <summary>
    /// How long the next renewal is held back after one that failed for any reason, while the token in memory is valid.
    /// Azure.Core's BearerTokenAuthenticationPolicy waits as long (tokenRefreshRetryDelay). Entra rejects clients that
    /// send requests in a loop with AADSTS50196.
    /// </summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The share of a token's lifetime over which the renewals of many machines are spread. Chosen; documented in
    /// about_MonitorToken_Credentials.
    /// </summary>
    private const double JitterShare = 0.15;

    /// <summary>
    /// Returns the time at which a token is due for renewal. As in Azure.Core, that is halfway through a lifetime of
    /// more than 2 hours, otherwise 5 minutes before the expiry, or earlier with the service's refresh_in. A token
    /// that lives for less than 10 minutes is due after half of its lifetime. Jitter brings the time forward, so that
    /// many machines that started together do not renew together.
    /// </summary>
    /// <param name="now">When the token was received.</param>
    /// <param name="expiresOn">When the token expires.</param>
    /// <param name="wish">When the service wants the token to be renewed; null if it does not say.</param>
    /// <param name="jitter">A random number from 0 (no jitter) to 1.</param>
    public static DateTimeOffset RefreshOn(
        DateTimeOffset now, DateTimeOffset expiresOn, DateTimeOffset? wish, double jitter)
    {
        TimeSpan life = expiresOn - now;
        TimeSpan half = TimeSpan.FromTicks(life.Ticks / 2);
        TimeSpan margin = half < TimeSpan.FromMinutes(5) ? half : TimeSpan.FromMinutes(5);
        DateTimeOffset latest = half > TimeSpan.FromHours(1) ? now + half : expiresOn - margin;
        if (wish > now && wish < latest)
            latest = wish.Value.ToUniversalTime();

        double window = Math.Min(life.Ticks * JitterShare, (latest - now).Ticks / 2.0);
        return latest - TimeSpan.FromTicks((long)(window * jitter));
    }
}
