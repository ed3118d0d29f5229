using System.Text.RegularExpressions;

namespace MonitorToken;

/// <summary>
/// The files of the caches that -TokenCacheName names, in a folder of this module's own: <c>name.tokens</c> with its
/// lock file, and <c>name.digest.json</c> for each identity that has signed in. Case makes no difference between names
/// on any system, because it makes none between files on Windows and macOS.
/// </summary>
internal static class TokenCacheFiles
{
    /// <summary>
    /// With what is added to it, a name must fit into a file name and, in Windows PowerShell, into a path of 260
    /// characters.
    /// </summary>
    private const int LongestName = 128;

    private const string Characters = "[A-Za-z0-9][A-Za-z0-9._-]*";

    // The digest has no dots, but names may have.
    private static readonly Regex SignIn = new($@"^({Characters})\.[A-Za-z0-9_-]+\.json\z");

    /// <summary>Where all of them are.</summary>
    public static string Folder => Path.Combine(LocalFolder.Path, "MonitorToken");

    /// <summary>The name as its files have it.</summary>
    /// <exception cref="TokenException">No cache can be called that.</exception>
    public static string CheckName(string name)
    {
        string? why =
            name.Length > LongestName ? $"it is longer than {LongestName} characters"
            : !Regex.IsMatch(name, $@"^{Characters}\z") ? "it has characters that a name may not have"
            : IsDevice(name) ? "Windows keeps that name for a device"
            // Such a name is most likely meant for a file of Azure.Identity's, which is not ours to touch.
            : HasLibrarySuffix(name) ? "Azure.Identity puts .cae and .nocae behind the names of its own caches"
            : null;
        return why is null
            ? name.ToLowerInvariant()
            : throw new TokenException(
                TokenError.InvalidOption,
                $"'{(name.Length > LongestName ? name.Substring(0, LongestName) + "…" : name)}' cannot be the name of "
                    + $"a token cache: {why}.",
                "Give it a name of letters, digits, dots, dashes and underscores, such as work.");
    }

    /// <summary>The file with the tokens; where a keychain or keyring holds them, an empty one.</summary>
    public static string TokensOf(string name) => Path.Combine(Folder, name + ".tokens");

    /// <summary>The file that whoever reads or writes the cache holds open meanwhile.</summary>
    public static string LockOf(string name) => Path.Combine(Folder, name + ".tokens.lockfile");

    /// <summary>The file with who has signed in.</summary>
    /// <param name="name">The cache.</param>
    /// <param name="digest">Of what was asked for.</param>
    public static string SignInOf(string name, string digest) => Path.Combine(Folder, $"{name}.{digest}.json");

    /// <summary>All sign-ins of a cache.</summary>
    public static IEnumerable<string> SignInsOf(string name) =>
        SignIns().Where(file => string.Equals(NameOf(file), name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The caches that somebody has signed in with.</summary>
    public static IEnumerable<string> Names() =>
        SignIns().Select(NameOf).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase);

    private static string[] SignIns() => Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*.json") : [];

    private static string? NameOf(string file) =>
        SignIn.Match(Path.GetFileName(file)) is { Success: true } match ? match.Groups[1].Value : null;

    private static bool HasLibrarySuffix(string name) =>
        name.EndsWith(".cae", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".nocae", StringComparison.OrdinalIgnoreCase);

    /// <summary>Windows takes these for devices in any folder, whatever follows a dot.</summary>
    private static bool IsDevice(string name) =>
        Regex.IsMatch(name, @"^(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(\.|\z)", RegexOptions.IgnoreCase);
}
