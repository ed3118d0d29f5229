namespace MonitorToken.Proofs.Leaks;

/// <summary>Files that have come to be, or were written to, where programs leave theirs.</summary>
internal sealed class NewFiles
{
    private readonly string[] _folders =
    [
        Path.GetTempPath(),
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData),
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".azure"),
    ];

    // A test's own folders hold what it gave the program to read.
    private static readonly string[] Own = ["monitortoken-", "entra-emulator-"];

    // The dates of files are not as fine as the clock.
    private readonly DateTime _since = DateTime.UtcNow.AddSeconds(-1);

    public IEnumerable<(string Path, byte[] Content)> Read()
    {
        var options = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.Device };
        foreach (string folder in _folders.Where(Directory.Exists))
        {
            IEnumerable<string> files = Directory.GetFiles(folder, "*", options).Concat(
                Directory.GetDirectories(folder, "*", options)
                    .Where(inner => !Own.Any(Path.GetFileName(inner)!.StartsWith)
                        && Directory.GetLastWriteTimeUtc(inner) >= _since)
                    .SelectMany(FilesIn));
            foreach (string path in files.Where(path => File.GetLastWriteTimeUtc(path) >= _since))
            {
                if (TryRead(path) is { } content)
                    yield return (path, content);
            }
        }
    }

    private static string[] FilesIn(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        try
        {
            return Directory.GetFiles(folder, "*", options);
        }
        catch (IOException)
        {
            // Somebody else's, and gone by now.
            return [];
        }
    }

    /// <summary>
    /// Somebody else's file may be gone by now, or may be theirs alone; large ones are no notes of ours.
    /// </summary>
    private static byte[]? TryRead(string path)
    {
        try
        {
            // Pipes have no length, and whoever opens one may wait for ever.
            return new FileInfo(path).Length is > 0 and < 16 * 1024 * 1024 ? File.ReadAllBytes(path) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
