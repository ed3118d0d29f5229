using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>The pages in docs/commands are the help: the build writes them, and here they are put in place.</summary>
public sealed class CommandPagesTests
{
    private static readonly string Written = Path.Combine(Repository.Folder, "out", "docs", "commands");

    private static readonly string Kept = Path.Combine(Repository.Folder, "docs", "commands");

    [Fact]
    public void Are_what_the_help_says()
    {
        Assert.NotEmpty(Names(Written));
        string[] stale =
        [
            .. Names(Written).Union(Names(Kept)).Where(name => Text(Written, name) != Text(Kept, name))
                .Order(StringComparer.Ordinal),
        ];
        if (stale.Length == 0)
            return;

        Assert.False(
            string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase),
            $"docs/commands has not what the help says: {string.Join(", ", stale)}. "
                + "Run the tests once and commit what they have written.");
        Directory.CreateDirectory(Kept);
        foreach (string name in stale)
        {
            if (Text(Written, name) is { } text)
                File.WriteAllText(Path.Combine(Kept, name), text);
            else
                File.Delete(Path.Combine(Kept, name));
        }
    }

    private static IEnumerable<string> Names(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)) : [];

    private static string? Text(string folder, string name) =>
        Path.Combine(folder, name) is { } path && File.Exists(path)
            ? File.ReadAllText(path).ReplaceLineEndings("\n")
            : null;
}
