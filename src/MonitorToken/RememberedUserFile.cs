using System.Text.RegularExpressions;

namespace MonitorToken;

/// <summary>
/// The files that tell who has signed in with a named token cache: the cache's name, a digest of what was asked for,
/// and <c>.json</c>.
/// </summary>
internal static class RememberedUserFile
{
    private const string CacheName = "[A-Za-z0-9][A-Za-z0-9._-]*";

    // The digest has no dots, but names may have.
    private static readonly Regex Name = new($@"^({CacheName})\.[A-Za-z0-9_-]+\.json\z");

    private static string Folder => Path.Combine(LocalFolder.Path, "MonitorToken");

    /// <summary>Whether a cache may be called that: it becomes the name of a file.</summary>
    public static bool IsCacheName(string name) => Regex.IsMatch(name, $@"^{CacheName}\z");

    public static string PathOf(string cache, string digest) => Path.Combine(Folder, $"{cache}.{digest}.json");

    /// <summary>All of a cache's.</summary>
    public static IEnumerable<string> Of(string cache) => All().Where(file => CacheOf(file) == cache);

    /// <summary>The caches that somebody has signed in with.</summary>
    public static IEnumerable<string> Caches() => All().Select(CacheOf).OfType<string>().Distinct();

    private static string[] All() => Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*.json") : [];

    private static string? CacheOf(string file) =>
        Name.Match(Path.GetFileName(file)) is { Success: true } match ? match.Groups[1].Value : null;
}
