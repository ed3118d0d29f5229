namespace MonitorToken.Engine.Http;

/// <summary>Which requests are retried, how often, and after how long.</summary>
internal sealed record RetryPolicy
{
    /// <summary>For requests to identity services, each of which may be repeated.</summary>
    public static RetryPolicy ForTokens { get; } = new();

    /// <summary>Chosen: one less than the default of Azure.Core.</summary>
    public int MaxRetries { get; init; } = 2;

    /// <summary>The delay that the caller specified; null for exponential back-off.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>
    /// The timeout of one attempt. Chosen; the default of Azure.Core (NetworkTimeout) is 100 seconds.
    /// </summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether a request has the same effect if the service receives it twice, so that it may be sent again although it
    /// is not known whether the service has acted on it.
    /// </summary>
    public Func<HttpRequestMessage, bool> MayRepeat { get; init; } = _ => true;

    /// <summary>
    /// Whether a response is followed by another attempt: the statuses that Azure.Core retries, and 410, which the
    /// metadata service sends. With 429 and 503 the service says that it has not acted on the request.
    /// </summary>
    public bool Retries(int status, HttpRequestMessage request) =>
        status is 429 or 503 || (status is 408 or 410 or 500 or 502 or 504 && MayRepeat(request));
}
