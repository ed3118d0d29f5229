namespace MonitorToken.Engine.Caching;

/// <summary>
/// The end of a span of time that begins now. It is measured, not read off a clock: whoever sets the clock meanwhile
/// makes it neither longer nor shorter.
/// </summary>
internal sealed class Deadline(TimeProvider time, TimeSpan length)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>How long it is until then; zero or less when it is over.</summary>
    public TimeSpan Left => length - time.GetElapsedTime(_start);
}
