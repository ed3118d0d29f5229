namespace MonitorToken;

/// <summary>Where the user's programs keep what belongs to this machine.</summary>
internal static class LocalFolder
{
    /// <exception cref="TokenException">The user has none, as some services have not.</exception>
    public static string Path =>
        Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } path
            ? path
            : throw new TokenException(
                TokenError.TokenCacheUnavailable,
                "This user has no home folder, so nothing can be kept for later processes.",
                "Leave -TokenCacheName out, or set HOME.");
}
