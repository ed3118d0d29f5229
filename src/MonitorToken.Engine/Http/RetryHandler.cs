using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.ManagedIdentity;

namespace MonitorToken.Engine.Http;

/// <summary>
/// The retry policy: retries a request after a transient failure with exponential back-off and jitter, or after the
/// delay that the service asks for with Retry-After. Azure.Core's policy waits out a Retry-After of any length; this
/// one never waits longer than the callers do. It is part of the transport, because Azure.Identity uses a retry policy
/// from its options for some credentials only.
/// </summary>
/// <param name="waiters">The callers that wait for the request.</param>
/// <param name="isImds">
/// Whether the request goes to the metadata service, which has rules of its own; see <see cref="ImdsRetry"/>.
/// </param>
/// <param name="inner">The inner handler.</param>
internal sealed class RetryHandler(Waiters waiters, bool isImds, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Chosen: one less than the default of Azure.Core.</summary>
    private const int MaxRetries = 2;

    /// <summary>
    /// The delay before the first retry; doubles with each further one. Chosen: half of Azure.Core's default.
    /// </summary>
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(400);

    /// <summary>
    /// The timeout of one attempt. Chosen; the default of Azure.Core (NetworkTimeout) is 100 seconds.
    /// </summary>
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(30);

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (int retry = 0; ; retry++)
        {
            bool isLast = retry == MaxRetries || HostAllowList.IsRegionLookup(request);
            TimeSpan? delay = Delay(retry, Jitter.Next());
            try
            {
                HttpResponseMessage response = await AttemptAsync(request, cancellationToken).ConfigureAwait(false);
                if (isImds && IsUpdating(response))
                    delay = DelayOfUpdate(request, response, retry);
                else if (isLast || !IsTransient((int)response.StatusCode) || !MayWait(request, response, ref delay))
                    return response;

                if (delay is null)
                    return response;
                response.Dispose();
            }
            catch (Exception exception) when (
                !isLast && !cancellationToken.IsCancellationRequested
                && exception is HttpRequestException or IOException or OperationCanceledException)
            {
                // The connection failed, or the response broke off. Retry.
            }

            await Clock.DelayAsync(delay!.Value, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Returns the delay before a retry: 0.4 and 0.8 seconds, with jitter of up to 20 percent either way, as in
    /// Azure.Core.
    /// </summary>
    /// <param name="retry">The number of retries so far.</param>
    /// <param name="jitter">A random number from 0 to 1.</param>
    private static TimeSpan Delay(int retry, double jitter) =>
        TimeSpan.FromTicks((long)(FirstDelay.Ticks * Math.Pow(2, retry) * (0.8 + (0.4 * jitter))));

    /// <summary>
    /// Whether the response is that of a metadata service that is being updated. Azure documents 404 and 410 for that.
    /// </summary>
    private static bool IsUpdating(HttpResponseMessage response) =>
        (int)response.StatusCode is 404 or 410 && TokenResponse.ReadRetryAfter(response) is null;

    /// <summary>
    /// Whether a status is transient: those that Azure.Core retries, and 410, which the metadata service sends.
    /// </summary>
    private static bool IsTransient(int status) => status is 408 or 410 or 429 or 500 or 502 or 503 or 504;

    private async Task<HttpResponseMessage> AttemptAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        attempt.CancelAfter(AttemptTimeout);
        return await base.SendAsync(request, attempt.Token).ConfigureAwait(false);
    }

    /// <returns>The delay before the next attempt; null if the callers do not wait that long.</returns>
    private TimeSpan? DelayOfUpdate(HttpRequestMessage request, HttpResponseMessage response, int retry)
    {
        TimeSpan? delay = ImdsRetry.DelayBefore(
            (int)response.StatusCode, retry + 1, waiters.RemainingTime);
        if (delay is { } time)
            waiters.Progress($"{request.RequestUri!.Host} is being updated", DateTimeOffset.UtcNow + time);
        return delay;
    }

    /// <summary>
    /// Whether the callers wait as long as the service asks with Retry-After. If they do not, the response is final.
    /// </summary>
    private bool MayWait(HttpRequestMessage request, HttpResponseMessage response, ref TimeSpan? delay)
    {
        if (TokenResponse.ReadRetryAfter(response) is not { } until)
            return true;
        if (until > waiters.Until)
            return false;

        waiters.BeginBackoff(until, $"{request.RequestUri!.Host} asks to wait");
        TimeSpan asked = until - DateTimeOffset.UtcNow;
        delay = asked > delay ? asked : delay;
        return true;
    }
}
