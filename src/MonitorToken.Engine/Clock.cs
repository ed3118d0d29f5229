namespace MonitorToken.Engine;

/// <summary>
/// The time that is measured and waited by. Measured are timestamps and not the time of day: a clock that is set moves
/// neither a timer nor a deadline.
/// </summary>
internal static class Clock
{
    /// <summary>Tests replace it, so that they need not wait.</summary>
    public static TimeProvider Current { get; set; } = TimeProvider.System;

    /// <summary>The time since an arbitrary moment in the past.</summary>
    public static TimeSpan Elapsed => Current.GetElapsedTime(0);

    public static Task DelayAsync(TimeSpan time, CancellationToken cancellationToken) =>
#if NET
        Task.Delay(time, Current, cancellationToken);
#else
        Current.Delay(time, cancellationToken);
#endif
}
