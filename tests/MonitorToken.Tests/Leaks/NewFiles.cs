namespace MonitorToken.Tests.Leaks;

/// <summary>Files that have come to be, or were written to, where programs leave theirs.</summary>
internal sealed class NewFiles
{
    private static readonly string[] Folders =
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
        foreach (string folder in Folders.Where(Directory.Exists))
        {
            IEnumerable<string> files = Directory.EnumerateFiles(folder, "*", options).Concat(
                Directory.EnumerateDirectories(folder, "*", options)
                    .Where(inner => !Own.Any(Path.GetFileName(inner)!.StartsWith)
                        && Directory.GetLastWriteTimeUtc(inner) >= _since)
                    .SelectMany(inner => Directory.EnumerateFiles(inner, "*", new EnumerationOptions
                    {
                        RecurseSubdirectories = true,
                        IgnoreInaccessible = true,
                    })));
            foreach (string path in files.Where(path => File.GetLastWriteTimeUtc(path) >= _since))
            {
                if (TryRead(path) is { } content)
                    yield return (path, content);
            }
        }
    }

    /// <summary>
    /// Somebody else's file may be gone by now, or may be theirs alone; large ones are no notes of ours.
    /// </summary>
    private static byte[]? TryRead(string path)
    {
        try
        {
            return new FileInfo(path).Length > 16 * 1024 * 1024 ? null : File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
