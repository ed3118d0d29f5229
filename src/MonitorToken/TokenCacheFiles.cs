using System.Text.RegularExpressions;

namespace MonitorToken;

/// <summary>
/// The files of the persistent caches of -TokenCacheName, in the module's own folder: <c>name.tokens</c> with its lock
/// file, and <c>name.digest.json</c> for each identity that has signed in. Names are case-insensitive on every system,
/// because file names are on Windows and macOS.
/// </summary>
internal static class TokenCacheFiles
{
    /// <summary>
    /// In characters; chosen so that, with folder and suffix, the path stays below the 260 characters that Windows
    /// PowerShell supports.
    /// </summary>
    private const int MaxNameLength = 128;

    private const string Tokens = ".tokens";

    private const string Characters = "[A-Za-z0-9][A-Za-z0-9._-]*";

    // The digest contains no dots, but names may.
    private static readonly Regex SignIn = new($@"^({Characters})\.[A-Za-z0-9_-]+\.json\z");

    /// <summary>The folder of all caches.</summary>
    public static string Folder => Path.Combine(LocalFolder.Path, "MonitorToken");

    /// <summary>Validates a name and returns it as it appears in file names: in lower case.</summary>
    /// <exception cref="TokenException">The name is not valid for a cache.</exception>
    public static string CheckName(string name)
    {
        string? why =
            name.Length > MaxNameLength ? $"it's longer than {MaxNameLength} characters"
            : !Regex.IsMatch(name, $@"^{Characters}\z") ? "it contains characters that aren't allowed"
            : IsDevice(name) ? "Windows reserves that name for a device"
            // Such a name most likely means a cache of Azure.Identity, which belongs to other programs.
            : HasLibrarySuffix(name) ? "Azure.Identity appends .cae and .nocae to the names of its own caches"
            : null;
        return why is null
            ? name.ToLowerInvariant()
            : throw new TokenException(
                TokenError.InvalidOption,
                $"'{(name.Length > MaxNameLength ? name.Substring(0, MaxNameLength) + "…" : name)}' can't be the name "
                    + $"of a token cache: {why}.",
                "Use only letters, digits, dots, hyphens and underscores, such as work.");
    }

    /// <summary>The file with the tokens; it is empty if a keychain or keyring holds them.</summary>
    public static string TokensOf(string name) => Path.Combine(Folder, name + Tokens);

    /// <summary>The lock file, which is held open while the cache is read or written.</summary>
    public static string LockOf(string name) => Path.Combine(Folder, name + Tokens + ".lockfile");

    /// <summary>The file with who has signed in.</summary>
    /// <param name="name">The cache.</param>
    /// <param name="digest">Of the parameters of the sign-in.</param>
    public static string SignInOf(string name, string digest) => Path.Combine(Folder, $"{name}.{digest}.json");

    /// <summary>The sign-in records of a cache.</summary>
    public static IEnumerable<string> SignInsOf(string name) =>
        SignIns().Where(file => string.Equals(NameOf(file), name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The names of all caches that have tokens or a sign-in record.</summary>
    public static IEnumerable<string> Names() =>
        SignIns().Select(NameOf).Concat(Files("*" + Tokens).Select(Path.GetFileNameWithoutExtension))
            .OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase);

    private static string[] SignIns() => Files("*.json");

    private static string[] Files(string pattern) =>
        Directory.Exists(Folder) ? Directory.GetFiles(Folder, pattern) : [];

    private static string? NameOf(string file) =>
        SignIn.Match(Path.GetFileName(file)) is { Success: true } match ? match.Groups[1].Value : null;

    private static bool HasLibrarySuffix(string name) =>
        name.EndsWith(".cae", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".nocae", StringComparison.OrdinalIgnoreCase);

    /// <summary>Windows reserves these names in every folder, with any extension.</summary>
    private static bool IsDevice(string name) =>
        Regex.IsMatch(name, @"^(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(\.|\z)", RegexOptions.IgnoreCase);
}
