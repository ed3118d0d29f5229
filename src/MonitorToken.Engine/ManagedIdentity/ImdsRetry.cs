namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// When Azure's metadata service is asked again while it is being updated, which it says with 404 or 410. The delays
/// are those of Azure.Identity, whose own retries are turned off here: exponential, and for 410 long enough that they
/// add up to the 70 seconds that Azure documents.
/// </summary>
internal static class ImdsRetry
{
    private const int MostRetries = 5;

    /// <summary>Kept back from the caller's time for the answer to the last request.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait before a retry; null to give up, and let the answer be the answer.</summary>
    /// <param name="status">What the service has answered.</param>
    /// <param name="retry">Which retry it would be: 1 for the first.</param>
    /// <param name="left">
    /// How much time the caller has left. The last retry is brought forward into it; where there is no time for one, to
    /// give up is better than to run into the deadline, which would tell nothing of the service.
    /// </param>
    public static TimeSpan? DelayBefore(int status, int retry, TimeSpan left)
    {
        TimeSpan first = TimeSpan.FromSeconds(status == 410 ? 3 : 0.8);
        if (status is not (404 or 410) || retry > MostRetries)
            return null;

        var delay = TimeSpan.FromTicks(first.Ticks << (retry - 1));
        TimeSpan longest = left - Reserve;
        return delay <= longest ? delay : longest >= first ? longest : null;
    }
}
