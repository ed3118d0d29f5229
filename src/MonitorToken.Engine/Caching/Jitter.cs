namespace MonitorToken.Engine.Caching;

/// <summary>Random shifts in time, so that machines that began together do not go on asking together.</summary>
internal static class Jitter
{
    // Seeded by what no other process has: .NET Framework goes by the clock, which they share.
    private static readonly ThreadLocal<Random> Random = new(() => new Random(Guid.NewGuid().GetHashCode()));

    /// <summary>A number from 0 to 1.</summary>
    public static double Next() => Random.Value!.NextDouble();
}
