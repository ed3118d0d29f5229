namespace MonitorToken.Engine.Certificates;

/// <summary>
/// A cache of opened certificates with their private keys, because opening one takes milliseconds. Evicted certificates
/// are not disposed, because another thread may be signing with them; the runtime's finalizer releases the key after
/// the last reference. On .NET Framework, that also deletes the file in which Windows stores the key.
/// </summary>
internal static class OpenedCertificates
{
    /// <summary>The maximum number of entries; the least recently used one is evicted. Chosen.</summary>
    internal const int Capacity = 16;

    /// <summary>The interval of the sweep. An unused entry is evicted after once to twice this time. Chosen.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(10);

    private static readonly object Gate = new();

    /// <summary>The entries, by the location of the certificate and a digest of its password.</summary>
    private static readonly Dictionary<string, Entry> Entries = new(StringComparer.Ordinal);

    private static readonly Timer Sweeper = new(_ => Sweep());

    private static long _uses;
    private static long _usesAtLastSweep;

    /// <summary>
    /// Returns the certificate if it was opened before and its content has not changed; otherwise null.
    /// </summary>
    public static SigningCertificate? TryGet(string key, string content)
    {
        lock (Gate)
        {
            if (!Entries.TryGetValue(key, out Entry? known) || known.Content != content)
                return null;

            known.LastUse = ++_uses;
            return known.Certificate;
        }
    }

    /// <summary>
    /// Returns the certificate if it was opened before and its content has not changed; otherwise opens it.
    /// </summary>
    public static SigningCertificate Get(string key, string content, Func<SigningCertificate> open)
    {
        if (TryGet(key, content) is { } known)
            return known;

        // Two threads may open the same certificate at once; the later result is used.
        var opened = new Entry(content, open());
        lock (Gate)
        {
            opened.LastUse = ++_uses;
            Entries[key] = opened;
            if (Entries.Count > Capacity)
                Entries.Remove(Entries.OrderBy(entry => entry.Value.LastUse).First().Key);
            Sweeper.Change(IdleLimit, Timeout.InfiniteTimeSpan);
        }

        return opened.Certificate;
    }

    /// <summary>Removes all entries.</summary>
    public static void Clear()
    {
        lock (Gate)
            Entries.Clear();
    }

    /// <summary>Removes the entries that have not been used since the last sweep.</summary>
    internal static void Sweep()
    {
        lock (Gate)
        {
            foreach (KeyValuePair<string, Entry> entry in Entries.ToArray())
            {
                if (entry.Value.LastUse <= _usesAtLastSweep)
                    Entries.Remove(entry.Key);
            }

            _usesAtLastSweep = _uses;
            if (Entries.Count > 0)
                Sweeper.Change(IdleLimit, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed record Entry(string Content, SigningCertificate Certificate)
    {
        /// <summary>The number of its last use; higher than the numbers of all earlier uses.</summary>
        public long LastUse { get; set; }
    }
}
