using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.ManagedIdentity;

namespace MonitorToken.Engine.Http;

/// <summary>
/// The retry policy: retries a request after a transient failure with exponential back-off and jitter, or after the
/// delay that the service requires with Retry-After. Azure.Core's policy waits out a Retry-After of any length; this
/// one never waits longer than the callers do. It is part of the transport, because Azure.Identity uses a retry policy
/// from its options for some credentials only. The metadata service has its own rules; see <see cref="ImdsRetry"/>.
/// </summary>
internal sealed class RetryHandler(
    Waiters waiters, bool isImds, HttpMessageHandler inner, RetryPolicy? servicePolicy = null)
    : DelegatingHandler(inner)
{
    private readonly RetryPolicy _policy = servicePolicy ?? RetryPolicy.ForTokens;

    /// <summary>
    /// The delay before the first retry; doubles with each further one. Chosen: half of Azure.Core's default.
    /// </summary>
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(400);

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (int retry = 0; ; retry++)
        {
            bool isLast = retry == _policy.MaxRetries || HostAllowListHandler.IsRegionLookup(request);
            TimeSpan delay = Backoff(retry);
            // A service's failure is more useful than a timeout while waiting to try again.
            isLast |= servicePolicy is not null && delay >= waiters.RemainingTime;
            TimeSpan began = Clock.Elapsed;
            try
            {
                HttpResponseMessage response = await AttemptAsync(request, cancellationToken).ConfigureAwait(false);
                // The next attempt may take as long as this one: a query that is too slow ends in HTTP 504 after
                // minutes.
                isLast |= servicePolicy is not null && Clock.Elapsed - began + delay >= waiters.RemainingTime;
                if (DelayAfter(response, request, retry, isLast, delay) is not { } time)
                    return response;

                response.Dispose();
                delay = time;
            }
            catch (Exception exception) when (
                !isLast && !cancellationToken.IsCancellationRequested && _policy.MayRepeat(request)
                && exception is HttpRequestException or IOException or OperationCanceledException)
            {
                // The connection failed, or the response broke off.
            }

            await Clock.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Returns the delay before a retry: that of the caller, or 0.4 and 0.8 seconds and so on, with jitter of up to 20
    /// percent either way, as in Azure.Core.
    /// </summary>
    private TimeSpan Backoff(int retry) =>
        _policy.Interval
        ?? TimeSpan.FromTicks((long)(FirstDelay.Ticks * Math.Pow(2, retry) * (0.8 + (0.4 * Jitter.Next()))));

    private async Task<HttpResponseMessage> AttemptAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        attempt.CancelAfter(_policy.AttemptTimeout);
        return await base.SendAsync(request, attempt.Token).ConfigureAwait(false);
    }

    /// <summary>
    /// Returns the delay before the next attempt; null if the response is final, or the callers do not wait that long.
    /// </summary>
    private TimeSpan? DelayAfter(
        HttpResponseMessage response, HttpRequestMessage request, int retry, bool isLast, TimeSpan delay)
    {
        string host = request.RequestUri!.Host;
        int status = (int)response.StatusCode;
        DateTimeOffset? until = TokenResponse.ReadRetryAfter(response);
        // Azure documents 404 and 410 for a metadata service that is being updated.
        if (isImds && status is 404 or 410 && until is null)
        {
            TimeSpan? updating = ImdsRetry.DelayBefore(status, retry + 1, waiters.RemainingTime);
            if (updating is { } time)
                waiters.Progress($"{host} is being updated", DateTimeOffset.UtcNow + time);
            return updating;
        }

        if (isLast || !_policy.Retries(status, request)
            || until > waiters.Until || _policy.Interval > waiters.RemainingTime)
            return null;

        if (until is not { } asked)
        {
            if (_policy.Interval is not null)
                waiters.Progress($"{host} is busy", DateTimeOffset.UtcNow + delay);
            return delay;
        }

        waiters.BeginBackoff(asked, $"{host} asks to wait");
        TimeSpan left = asked - DateTimeOffset.UtcNow;
        return left > delay ? left : delay;
    }
}
