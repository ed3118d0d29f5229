namespace MonitorToken.Engine.Caching;

/// <summary>
/// Random numbers for jitter, which keeps machines that started together from sending their requests together.
/// </summary>
internal static class Jitter
{
    // Seeded with a GUID, because Random in .NET Framework is seeded with the system clock, which is equal on machines
    // that started together.
    private static readonly ThreadLocal<Random> Random = new(() => new Random(Guid.NewGuid().GetHashCode()));

    /// <summary>Returns a random number from 0 up to, but not including, 1.</summary>
    public static double Next() => Random.Value!.NextDouble();
}
