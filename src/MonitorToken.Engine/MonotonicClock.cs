using System.Diagnostics;

namespace MonitorToken.Engine;

/// <summary>
/// Measures and waits without regard to the time of day: a clock that is set moves neither. (TimeProvider does the
/// same, and does not exist in netstandard2.0.)
/// </summary>
internal class MonotonicClock
{
    /// <summary>The one in use. Tests replace it, so that they need not wait.</summary>
    public static MonotonicClock Current { get; set; } = new();

    /// <summary>The time since an arbitrary moment in the past.</summary>
    public virtual TimeSpan Elapsed =>
        TimeSpan.FromSeconds((double)Stopwatch.GetTimestamp() / Stopwatch.Frequency);

    public virtual Task DelayAsync(TimeSpan time, CancellationToken cancellationToken) =>
        Task.Delay(time, cancellationToken);
}
