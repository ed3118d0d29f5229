using MonitorToken.Engine;

namespace MonitorToken.Tests;

/// <summary>A clock that tests move, and that a wait moves at once.</summary>
internal sealed class FakeClock : MonotonicClock
{
    private readonly Lock _lock = new();
    private readonly List<double> _delays = [];
    private TimeSpan _elapsed = TimeSpan.FromDays(1);

    public override TimeSpan Elapsed
    {
        get
        {
            lock (_lock)
                return _elapsed;
        }
    }

    /// <summary>What was waited for, in seconds.</summary>
    public double[] Delays
    {
        get
        {
            lock (_lock)
                return [.. _delays];
        }
    }

    public void Advance(TimeSpan time)
    {
        lock (_lock)
            _elapsed += time;
    }

    public override Task DelayAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        lock (_lock)
            _delays.Add(Math.Round(time.TotalSeconds, 1));
        Advance(time);
        return Task.CompletedTask;
    }
}
