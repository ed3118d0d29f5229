using Xunit;

namespace MonitorToken.Tests.Processes;

/// <summary>A machine in another time zone, its child processes included, until it is disposed of.</summary>
internal sealed class TimeZone : IDisposable
{
    private readonly string? _usual = Environment.GetEnvironmentVariable("TZ");

    private TimeZone(string name) => Set(name);

    public static TimeZone Use(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not take its zone from a variable.");
        bool isKnown = TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone);
        Assert.SkipUnless(isKnown, $"This machine does not know {name}.");
        var use = new TimeZone(name);
        Assert.Equal(zone!.BaseUtcOffset, TimeZoneInfo.Local.BaseUtcOffset);
        return use;
    }

    public void Dispose() => Set(_usual);

    private static void Set(string? name)
    {
        Environment.SetEnvironmentVariable("TZ", name);
        TimeZoneInfo.ClearCachedData();
    }
}
