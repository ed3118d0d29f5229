using System.Text.RegularExpressions;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>docs/security.md names the test of each promise; here each of them is looked for.</summary>
public sealed partial class SecurityPageTests
{
    [Fact]
    public void Each_test_that_the_page_names_exists()
    {
        string tests = string.Join(
            "\n",
            Directory.EnumerateFiles(Path.Combine(Repository.Folder, "tests"), "*.*", SearchOption.AllDirectories)
                .Where(IsTest)
                .Select(File.ReadAllText));
        string[] named =
            [.. Name().Matches(File.ReadAllText(Path.Combine(Repository.Folder, "docs", "security.md")))
                .Select(match => match.Groups[1].Value)];

        Assert.True(named.Length > 12, string.Join("\n", named));
        Assert.All(named, name => Assert.True(
            tests.Contains($" {name}(", StringComparison.Ordinal)
                || tests.Contains(
                    $"It '{name.Replace("'", "''", StringComparison.Ordinal)}'",
                    StringComparison.Ordinal),
            name));
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
