namespace MonitorToken.Proofs.Fuzz;

/// <summary>Chance, as generators need it. The same seed gives the same input.</summary>
internal sealed class Draw(int seed)
{
    private readonly Random _random = new(seed);

    public int Below(int count) => _random.Next(count);

    public bool OneIn(int count) => _random.Next(count) == 0;

    public T One<T>(params IReadOnlyList<T> of) => of[_random.Next(of.Count)];

    public long Long() => _random.NextInt64(long.MinValue, long.MaxValue);

    public byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>So many in a row.</summary>
    public static string Run(int count, Func<string> next) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => next()));
}
