using System.Text;

namespace MonitorToken.Proofs.Leaks;

/// <summary>
/// Looks for secrets in whatever a program leaves behind: as they are, as part of an address, in Base64 and in
/// hexadecimal digits, whole or cut off.
/// </summary>
public sealed class Canaries
{
    /// <summary>So many characters in a row are no chance.</summary>
    private const int Window = 16;

    /// <summary>What is longer was no secret that anybody could use.</summary>
    private const int Longest = 100_000;

    private readonly Dictionary<string, string> _windows = new(StringComparer.Ordinal);
    private readonly HashSet<int> _hashes;

    public Canaries(IEnumerable<string> secrets)
    {
        foreach (string secret in secrets.Where(secret => secret.Length is >= Window and < Longest).Distinct())
        {
            foreach (string trace in Traces(secret).Where(trace => trace.Length >= Window))
            {
                int[] starts = [0, (trace.Length - Window) / 2, trace.Length - Window];
                foreach (string window in starts.Select(start => trace.Substring(start, Window)).Where(IsTelling))
                    _windows.TryAdd(window, secret);
            }
        }

        _hashes = [.. _windows.Keys.Select(window => string.GetHashCode(window))];
    }

    /// <summary>How many secrets are looked for.</summary>
    public int Count => _windows.Values.Distinct().Count();

    /// <summary>What is in a text of the secrets, cut short so that the report is no leak of its own.</summary>
    public IEnumerable<string> In(string text)
    {
        var found = new HashSet<string>();
        for (int start = 0; start + Window <= text.Length; start++)
        {
            // A string is made of what may be one alone.
            if (_hashes.Contains(string.GetHashCode(text.AsSpan(start, Window)))
                && _windows.TryGetValue(text.Substring(start, Window), out string? secret) && found.Add(secret))
                yield return $"{secret[..4]}… ({secret.Length} characters) at {start} of {text.Length}";
        }
    }

    /// <summary>What is in a file, which may be text of either width or anything else.</summary>
    public IEnumerable<string> In(byte[] content) =>
        In(Encoding.Latin1.GetString(content))
            .Concat(In(Encoding.Unicode.GetString(content)))
            .Concat(content.Length > 1 ? In(Encoding.Unicode.GetString(content, 1, content.Length - 1)) : []);

    /// <summary>Whether it is more than the padding that something large was made of.</summary>
    private static bool IsTelling(string window) => window.Distinct().Count() > 4;

    private static IEnumerable<string> Traces(string secret)
    {
        // The head of a token is the same for all, and says nothing; its claims are no secret, its signature is.
        string[] parts = secret.Split('.');
        string core = parts.Length == 3 && secret.StartsWith("eyJ", StringComparison.Ordinal) ? parts[2] : secret;
        yield return core;
        yield return Uri.EscapeDataString(core);
        foreach (Encoding encoding in new[] { Encoding.UTF8, Encoding.Unicode })
        {
            byte[] bytes = encoding.GetBytes(core);
            yield return Convert.ToHexString(bytes);
            yield return Convert.ToHexStringLower(bytes);
            // Where it begins within three bytes depends on what stands before it.
            for (int shift = 0; shift < 3 && bytes.Length > 24; shift++)
                yield return Convert.ToBase64String(bytes, shift, (bytes.Length - shift) / 3 * 3);
        }
    }
}
