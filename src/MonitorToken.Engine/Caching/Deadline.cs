namespace MonitorToken.Engine.Caching;

/// <summary>
/// A deadline: a span of time that begins when the object is created. It uses timestamps rather than the time of day,
/// so a change of the system clock makes it neither longer nor shorter.
/// </summary>
/// <param name="time">The source of time; replaced by tests.</param>
/// <param name="length">The length of the span.</param>
internal sealed class Deadline(TimeProvider time, TimeSpan length)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>The time that remains; zero or negative once the deadline has passed.</summary>
    public TimeSpan Left => length - time.GetElapsedTime(_start);
}
