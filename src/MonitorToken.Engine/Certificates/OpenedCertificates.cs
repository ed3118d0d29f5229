namespace MonitorToken.Engine.Certificates;

/// <summary>
/// Certificates with their private keys that were opened lately: to open one takes milliseconds, and a script in a loop
/// names the same file again and again. What is dropped here is not disposed of, because somebody may be signing with
/// it; its key goes with the last reference, by the finalizer of the runtime's own handle. (On .NET Framework that is
/// also what deletes the file that Windows keeps the key in.)
/// </summary>
internal static class OpenedCertificates
{
    /// <summary>A process that signs in with more different certificates in turn opens them anew.</summary>
    internal const int Capacity = 16;

    /// <summary>One that nobody asks for stays for once to twice as long.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(10);

    private static readonly object Gate = new();

    private static readonly Dictionary<string, Entry> Entries = new(StringComparer.Ordinal);

    private static readonly Timer Sweeper = new(_ => Sweep());

    private static long _uses;

    /// <summary>The certificate that was opened before, while its content is the same; null if there is none.</summary>
    public static SigningCertificate? TryGet(string key, string content)
    {
        lock (Gate)
        {
            if (!Entries.TryGetValue(key, out Entry? known) || known.Content != content)
                return null;

            known.LastUse = ++_uses;
            known.IsIdle = false;
            return known.Certificate;
        }
    }

    /// <summary>The certificate that was opened before, while its content is the same; else opens it.</summary>
    /// <param name="key">Where it is, and a digest of what opens it.</param>
    /// <param name="content">A digest of what is there now.</param>
    /// <param name="open">Opens it.</param>
    public static SigningCertificate Get(string key, string content, Func<SigningCertificate> open)
    {
        if (TryGet(key, content) is { } known)
            return known;

        // Two may open the same one at once; the later one is kept.
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

    /// <summary>Forgets all of them.</summary>
    public static void Clear()
    {
        lock (Gate)
            Entries.Clear();
    }

    /// <summary>Drops what nobody has asked for since the last sweep.</summary>
    internal static void Sweep()
    {
        lock (Gate)
        {
            foreach (string key in Entries.Where(entry => entry.Value.IsIdle).Select(entry => entry.Key).ToArray())
                Entries.Remove(key);
            foreach (Entry entry in Entries.Values)
                entry.IsIdle = true;
            if (Entries.Count > 0)
                Sweeper.Change(IdleLimit, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Entry(string content, SigningCertificate certificate)
    {
        public string Content { get; } = content;

        public SigningCertificate Certificate { get; } = certificate;

        /// <summary>Higher than that of all that were used before.</summary>
        public long LastUse { get; set; }

        /// <summary>Whether nobody has asked for it since the last sweep.</summary>
        public bool IsIdle { get; set; }
    }
}
