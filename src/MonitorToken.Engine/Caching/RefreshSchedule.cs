namespace MonitorToken.Engine.Caching;

/// <summary>When a token is renewed: ahead of its expiry, and with jitter.</summary>
internal static class RefreshSchedule
{
    /// <summary>
    /// A token that is due is given out at once and renewed in the background while it is valid for longer than this;
    /// after that whoever asks for it waits for the new one.
    /// </summary>
    public static readonly TimeSpan BlockingMargin = TimeSpan.FromMinutes(3);

    /// <summary>
    /// For how long nothing is sent after a failed renewal, whatever has failed, while the token in hand is valid.
    /// Azure.Core's BearerTokenAuthenticationPolicy waits as long (its tokenRefreshRetryDelay). Entra answers clients
    /// that ask on and on with AADSTS50196.
    /// </summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(30);

    /// <summary>Which share of a token's life the renewals of many machines are spread over.</summary>
    private const double JitterShare = 0.15;

    /// <summary>
    /// Azure.Core's rule (half of a long life, else five minutes before the end) and, for tokens shorter than that
    /// margin, half their life; the service's own wish goes first. All of it brought forward by jitter, so that a
    /// thousand machines that have begun together do not come again together.
    /// </summary>
    /// <param name="now">When the token came.</param>
    /// <param name="expiresOn">When it expires.</param>
    /// <param name="wish">When the service wants it to be renewed; null where it does not say.</param>
    /// <param name="jitter">From 0 for none to 1.</param>
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
