using MonitorToken.Engine.ManagedIdentity;
using Xunit;

namespace MonitorToken.Tests.Imds;

/// <summary>How a metadata service that is being updated is asked again.</summary>
public sealed class ImdsRetryTests
{
    [Theory]
    [InlineData(404, 100, "0.8 1.6 3.2 6.4 12.8")]
    [InlineData(410, 100, "3 6 12 24 48")]
    // The last retry is brought forward into the time that there is.
    [InlineData(410, 80, "3 6 12 24 34")]
    [InlineData(410, 30, "3 6 12 8")]
    [InlineData(404, 6, "0.8 1.6 2.6")]
    [InlineData(410, 4, "3")]
    [InlineData(410, 3.9, "")]
    [InlineData(404, 1, "")]
    [InlineData(404, -1, "")]
    [InlineData(400, 100, "")]
    [InlineData(200, 100, "")]
    [InlineData(503, 100, "")]
    public void It_is_asked_as_often_as_the_caller_has_time(int status, double seconds, string expected)
    {
        List<double> delays = [];
        double left = seconds;
        while (ImdsRetry.DelayBefore(status, delays.Count + 1, TimeSpan.FromSeconds(left)) is { } delay)
        {
            delays.Add(delay.TotalSeconds);
            left -= delay.TotalSeconds;
        }

        Assert.Equal(expected, string.Join(" ", delays.Select(delay => $"{delay:0.#}")));
        Assert.True(delays.Count == 0 || left > 0.9, "No retry comes too late for its answer.");
    }

    [Fact]
    public void Who_has_the_time_waits_the_70_seconds_that_Azure_asks_for()
    {
        foreach (double seconds in new[] { 71.5, 80, 94, 100, 600 })
        {
            double waited = 0;
            for (int retry = 1;
                ImdsRetry.DelayBefore(410, retry, TimeSpan.FromSeconds(seconds - waited)) is { } delay;
                retry++)
                waited += delay.TotalSeconds;
            Assert.InRange(waited, 70, seconds - 1);
        }
    }
}
