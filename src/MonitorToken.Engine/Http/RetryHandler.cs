using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.ManagedIdentity;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Sends a request again after a transient failure, with exponential back-off and jitter, or when the service asks for it
/// with Retry-After. Azure.Core's own policy waits for as long as a service says, an hour if it says so; this one never
/// waits for longer than those who wait for the token. And the libraries keep a policy that they are given for some
/// credentials only, but a transport for all.
/// </summary>
/// <param name="waiters">Those who wait.</param>
/// <param name="isImds">Whether it is Azure's metadata service that is asked, which has a rule of its own.</param>
/// <param name="inner">The rest of the chain.</param>
internal sealed class RetryHandler(Waiters waiters, bool isImds, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int MaxRetries = 2;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(400);

    /// <summary>How long one attempt may take.</summary>
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
                // Nothing has come, or not all of it.
            }

            await Clock.DelayAsync(delay!.Value, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>0.4 s and 0.8 s, each up to a fifth longer or shorter by jitter.</summary>
    /// <param name="retry">How many there have been.</param>
    /// <param name="jitter">From 0 to 1.</param>
    private static TimeSpan Delay(int retry, double jitter) =>
        TimeSpan.FromTicks((long)(FirstDelay.Ticks * Math.Pow(2, retry) * (0.8 + (0.4 * jitter))));

    /// <summary>Whether it is the answer of a metadata service that is being updated.</summary>
    private static bool IsUpdating(HttpResponseMessage response) =>
        (int)response.StatusCode is 404 or 410 && TokenResponse.ReadRetryAfter(response) is null;

    private static bool IsTransient(int status) => status is 408 or 410 or 429 or 500 or 502 or 503 or 504;

    private async Task<HttpResponseMessage> AttemptAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        attempt.CancelAfter(AttemptTimeout);
        return await base.SendAsync(request, attempt.Token).ConfigureAwait(false);
    }

    /// <returns>How long it is given; null where there is no time for that.</returns>
    private TimeSpan? DelayOfUpdate(HttpRequestMessage request, HttpResponseMessage response, int retry)
    {
        TimeSpan? delay = ImdsRetry.DelayBefore(
            (int)response.StatusCode, retry + 1, waiters.Patience);
        if (delay is { } time)
            waiters.Progress($"{request.RequestUri!.Host} is being updated", DateTimeOffset.UtcNow + time);
        return delay;
    }

    /// <summary>Whether there is time for what the service asks; without that, the answer is the answer.</summary>
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
