namespace MonitorToken.Tests;

/// <summary>A clock that tests move, and that a wait moves at once.</summary>
internal sealed class FakeClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<double> _delays = [];
    private TimeSpan _elapsed = TimeSpan.FromDays(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>What was waited for, in seconds.</summary>
    public double[] Delays
    {
        get
        {
            lock (_lock)
                return [.. _delays];
        }
    }

    public override long GetTimestamp()
    {
        lock (_lock)
            return _elapsed.Ticks;
    }

    public void Advance(TimeSpan time)
    {
        lock (_lock)
            _elapsed += time;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
            _delays.Add(Math.Round(dueTime.TotalSeconds, 1));
        Advance(dueTime);
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new Over();
    }

    /// <summary>A timer that has fired already.</summary>
    private sealed class Over : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
