namespace MonitorToken.Engine.Memory;

/// <summary>Keeps machines that began together from asking together for ever after.</summary>
internal static class Chance
{
    // Seeded by what no other process has: .NET Framework goes by the clock, which they share.
    private static readonly ThreadLocal<Random> Random = new(() => new Random(Guid.NewGuid().GetHashCode()));

    /// <summary>A number from 0 to 1.</summary>
    public static double Next() => Random.Value!.NextDouble();
}
