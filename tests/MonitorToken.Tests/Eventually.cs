using Xunit;

namespace MonitorToken.Tests;

/// <summary>For what happens on another thread: looks again and again, but not for ever.</summary>
internal static class Eventually
{
    public static Task TrueAsync(Func<bool> condition, string what) =>
        TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        for (int attempt = 0; attempt < 1200; attempt++)
        {
            if (await condition())
                return;
            await Task.Delay(25, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"Never came true: {what}");
    }

    /// <summary>Waits for a token to be due.</summary>
    public static async Task DueAsync(AccessToken token)
    {
        TimeSpan left = token.RefreshOn - DateTimeOffset.UtcNow;
        Assert.True(left < TimeSpan.FromSeconds(30), $"The token is due only in {left}.");
        if (left > TimeSpan.Zero)
            await Task.Delay(left + TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
    }
}
