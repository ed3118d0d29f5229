using System.Text;

namespace MonitorToken.Proofs.Leaks;

/// <summary>
/// Looks for secrets in whatever a program leaves behind: as they are, as part of an address, in Base64 and in
/// hexadecimal digits, whole or cut off.
/// </summary>
public sealed class Canaries
{
    /// <summary>So many characters of a secret in a row are no chance.</summary>
    private const int Window = 16;

    /// <summary>What is longer was no secret that anybody could use.</summary>
    private const int Longest = 100_000;

    // What is looked for, by its first letters.
    private readonly Dictionary<string, List<(string Window, string Secret)>> _windows = new(StringComparer.Ordinal);
    private readonly HashSet<int> _hashes;

    public Canaries(IEnumerable<string> secrets)
    {
        foreach (string secret in secrets.Where(secret => secret.Length is >= Window and < Longest).Distinct())
        {
            foreach ((string trace, double width) in Traces(secret).Where(one => one.Text.Length >= Window))
            {
                int length = Math.Min((int)(Window * width), trace.Length);
                int[] starts = [0, (trace.Length - length) / 2, trace.Length - length];
                foreach (string window in starts.Select(start => trace.Substring(start, length)).Where(IsTelling))
                    Add(window, secret);
            }
        }

        _hashes = [.. _windows.Keys.Select(window => string.GetHashCode(window))];
    }

    /// <summary>How many secrets are looked for.</summary>
    public int Count => _windows.Values.SelectMany(one => one).Select(one => one.Secret).Distinct().Count();

    /// <summary>What is in a text of the secrets, cut short so that the report is no leak of its own.</summary>
    public IEnumerable<string> In(string text)
    {
        var found = new HashSet<string>();
        for (int start = 0; start + Window <= text.Length; start++)
        {
            // A string is made of what may be one alone.
            if (!_hashes.Contains(string.GetHashCode(text.AsSpan(start, Window)))
                || !_windows.TryGetValue(text.Substring(start, Window), out List<(string Window, string Secret)>? near))
                continue;

            foreach ((string window, string secret) in near)
            {
                if (string.CompareOrdinal(text, start, window, 0, window.Length) == 0 && found.Add(secret))
                    yield return $"{secret[..4]}… ({secret.Length} characters) at {start} of {text.Length}";
            }
        }
    }

    /// <summary>What is in a file, which may be text of either width or anything else.</summary>
    public IEnumerable<string> In(byte[] content) =>
        In(Encoding.Latin1.GetString(content))
            .Concat(In(Encoding.Unicode.GetString(content)))
            .Concat(content.Length > 1 ? In(Encoding.Unicode.GetString(content, 1, content.Length - 1)) : []);

    /// <summary>Whether it is more than the padding that something large was made of.</summary>
    private static bool IsTelling(string window) => window.Distinct().Count() > 4;

    private void Add(string window, string secret)
    {
        if (!_windows.TryGetValue(window[..Window], out List<(string Window, string Secret)>? near))
            _windows.Add(window[..Window], near = []);
        near.Add((window, secret));
    }

    /// <summary>How a secret may be written, and how many letters each of its characters then has.</summary>
    private static IEnumerable<(string Text, double Width)> Traces(string secret)
    {
        // The head of a token is the same for all, and says nothing; its claims are no secret, its signature is.
        string[] parts = secret.Split('.');
        string core = parts.Length == 3 && secret.StartsWith("eyJ", StringComparison.Ordinal) ? parts[2] : secret;
        yield return (core, 1);
        yield return (Uri.EscapeDataString(core), 1);
        foreach ((Encoding encoding, int width) in new[] { (Encoding.UTF8, 1), (Encoding.Unicode, 2) })
        {
            byte[] bytes = encoding.GetBytes(core);
            yield return (Convert.ToHexString(bytes), 2 * width);
            yield return (Convert.ToHexString(bytes).ToLowerInvariant(), 2 * width);
            // Where it begins within three bytes depends on what stands before it.
            for (int shift = 0; shift < 3 && bytes.Length > 24; shift++)
                yield return (Convert.ToBase64String(bytes, shift, (bytes.Length - shift) / 3 * 3), 4 * width / 3.0);
        }
    }
}
