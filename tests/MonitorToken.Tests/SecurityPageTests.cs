using System.Text.RegularExpressions;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>
/// docs/development/proofs.md names a test for each promise of docs/security.md: each of the tests must exist, and each
/// promise must have a row.
/// </summary>
public sealed partial class SecurityPageTests
{
    private static readonly string Promises =
        File.ReadAllText(Path.Combine(Repository.Folder, "docs", "security.md"));

    private static readonly string Proofs =
        File.ReadAllText(Path.Combine(Repository.Folder, "docs", "development", "proofs.md"));

    [Fact]
    public void Each_row_of_a_table_has_its_tests()
    {
        string[] promises = [.. Rows(Promises).Select(cells => cells[0])];
        Dictionary<string, string> proofs = Rows(Proofs)
            .GroupBy(cells => cells[0])
            .ToDictionary(rows => rows.Key, rows => string.Join(' ', rows.Select(cells => cells[1])));

        Assert.True(promises.Length >= 20, $"There are {promises.Length} promises.");
        Assert.All(promises, promise =>
        {
            Assert.True(proofs.TryGetValue(promise, out string? tests), $"No proof of: {promise}");
            Assert.True(Name().IsMatch(tests) || tests.StartsWith("none: ", StringComparison.Ordinal), promise);
        });
    }

    [Fact]
    public void Each_test_that_the_page_names_exists()
    {
        string tests = string.Join(
            "\n",
            Directory.EnumerateFiles(Path.Combine(Repository.Folder, "tests"), "*.*", SearchOption.AllDirectories)
                .Where(IsTest)
                .Select(File.ReadAllText));
        string[] named = [.. Name().Matches(Proofs).Select(match => match.Groups[1].Value)];

        Assert.True(named.Length > 12, string.Join("\n", named));
        Assert.All(named, name => Assert.True(
            tests.Contains($" {name}(", StringComparison.Ordinal)
                || tests.Contains(
                    $"It '{name.Replace("'", "''", StringComparison.Ordinal)}'",
                    StringComparison.Ordinal),
            name));
    }

    /// <summary>The cells of each table row, without headings.</summary>
    private static IEnumerable<string[]> Rows(string page)
    {
        string[] lines = page.ReplaceLineEndings("\n").Split('\n');
        return lines
            .Where((line, index) => line.StartsWith("| ", StringComparison.Ordinal)
                && !line.StartsWith("| ---", StringComparison.Ordinal)
                && !lines[index + 1].StartsWith("| ---", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split(" | "));
    }

    private static bool IsTest(string path) =>
        (path.EndsWith("Tests.cs", StringComparison.Ordinal) || path.EndsWith(".Tests.ps1", StringComparison.Ordinal))
        && !path.Contains("/obj/", StringComparison.Ordinal)
        && !path.EndsWith(nameof(SecurityPageTests) + ".cs", StringComparison.Ordinal);

    /// <summary>
    /// Names of tests are sentences: they have two blanks or underscores at least, and no other signs.
    /// </summary>
    [GeneratedRegex(@"`([A-Za-z][\w'-]*(?:(?:_\w+){2,}|(?:,? [\w'-]+){2,}))`")]
    private static partial Regex Name();
}
