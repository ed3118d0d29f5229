namespace MonitorToken.Engine;

/// <summary>
/// Time for measurements and delays. It uses timestamps rather than the time of day, so a change of the system clock
/// affects neither timers nor deadlines.
/// </summary>
internal static class Clock
{
    /// <summary>The source of time; replaced by tests, so that they do not have to wait.</summary>
    public static TimeProvider Current { get; set; } = TimeProvider.System;

    /// <summary>The time since an arbitrary point in the past.</summary>
    public static TimeSpan Elapsed => Current.GetElapsedTime(0);

    /// <summary>Waits; the equivalent of Task.Delay with <see cref="Current"/>.</summary>
    public static Task DelayAsync(TimeSpan time, CancellationToken cancellationToken) =>
#if NET
        Task.Delay(time, Current, cancellationToken);
#else
        Current.Delay(time, cancellationToken);
#endif
}
