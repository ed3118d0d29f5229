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

    /// <summary>
    /// The first cell of an error table is an error, or what leads to one: not the sentence that introduces the table,
    /// and not the end of a term whose beginning has become a caption.
    /// </summary>
    [Fact]
    public void Have_an_error_in_the_first_cell_of_each_row()
    {
        int rows = 0;
        foreach (string name in Names(Written).Where(name => name.StartsWith("about_", StringComparison.Ordinal)))
        {
            bool isError = false;
            foreach (string line in Text(Written, name)!.Split('\n'))
            {
                Assert.False(
                    line.StartsWith("**", StringComparison.Ordinal) && line.EndsWith(":**", StringComparison.Ordinal)
                        && line.Contains(' ', StringComparison.Ordinal),
                    $"{name}: \"{line}\" is the beginning of a term.");
                bool isHead = line.StartsWith("| Error |", StringComparison.Ordinal);
                isError = isHead || (isError && line.StartsWith("| ", StringComparison.Ordinal));
                if (!isError || isHead || line.StartsWith("| ---", StringComparison.Ordinal))
                    continue;

                rows++;
                string cell = line[2..line.IndexOf(" |", StringComparison.Ordinal)];
                Assert.DoesNotMatch(@"^\**(?:When|Needs|Example|Errors):", cell);
                Assert.DoesNotMatch(@"^\**\w+\**\.$", cell);
                Assert.Matches(
                    @"\b(?:AADSTS\d+|Any other|" + string.Join('|', Enum.GetNames<TokenError>()) + @")\b",
                    cell);
            }
        }

        Assert.True(rows > 100, $"There are {rows} rows.");
    }

    private static IEnumerable<string> Names(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)) : [];

    private static string? Text(string folder, string name) =>
        Path.Combine(folder, name) is { } path && File.Exists(path)
            ? File.ReadAllText(path).ReplaceLineEndings("\n")
            : null;
}
