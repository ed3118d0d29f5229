namespace MonitorToken;

/// <summary>The user's folder for application data that does not roam.</summary>
internal static class LocalFolder
{
    /// <exception cref="TokenException">
    /// The user has no such folder, as is the case for some service accounts.
    /// </exception>
    public static string Path =>
        Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } path
            ? path
            : throw new TokenException(
                TokenError.TokenCacheUnavailable,
                "This user has no home folder, so nothing can be saved for later processes.",
                "Leave -TokenCacheName out, or set HOME.");
}
