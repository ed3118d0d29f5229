namespace MonitorToken.Tests.Caching;

/// <summary>A clock that can be set, and beside it time that passes, each only when a test says so.</summary>
internal sealed class FakeTime : TimeProvider
{
    private DateTimeOffset _clock = DateTimeOffset.UtcNow;
    private long _passed = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _clock;

    public override long GetTimestamp() => _passed;

    public void Pass(TimeSpan time)
    {
        _passed += time.Ticks;
        _clock += time;
    }

    /// <summary>Sets the clock; no time passes.</summary>
    public void SetClock(TimeSpan ahead) => _clock += ahead;
}
