namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// The retry policy for a metadata service that is being updated, which answers with 404 or 410. The delays are those
/// of Azure.Identity, whose own retries are turned off here: exponential back-off from 0.8 seconds and, for 410, from 3
/// seconds, so that they add up to more than the 70 seconds that Azure documents for an update.
/// </summary>
internal static class ImdsRetry
{
    /// <summary>With five retries, the delays after 410 add up to 93 seconds.</summary>
    private const int MaxRetries = 5;

    /// <summary>Subtracted from the time left, for the response to the last request. Chosen.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(1);

    /// <summary>Returns the delay before a retry; null to give up and use the last response.</summary>
    /// <param name="status">The HTTP status of the last response.</param>
    /// <param name="retry">The number of the retry, from 1.</param>
    /// <param name="left">
    /// The time that the caller has left. The last retry is brought forward to fit; if there is no time for one, giving
    /// up is better than a timeout, which would say nothing about the service.
    /// </param>
    public static TimeSpan? DelayBefore(int status, int retry, TimeSpan left)
    {
        TimeSpan first = TimeSpan.FromSeconds(status == 410 ? 3 : 0.8);
        if (status is not (404 or 410) || retry > MaxRetries)
            return null;

        var delay = TimeSpan.FromTicks(first.Ticks << (retry - 1));
        TimeSpan longest = left - Reserve;
        return delay <= longest ? delay : longest >= first ? longest : null;
    }
}
