using MonitorToken.EntraEmulator;
using MonitorToken.Proofs.Leaks;
using Xunit;

namespace MonitorToken.Proofs.Faults;

/// <summary>
/// Every fault, by every way of signing in that can meet it, ends in what the contract promises; the call after it, in
/// a world that was put right, works; nothing is told in the runtime's words, and no secret at all.
/// </summary>
public sealed class FaultCampaignTests(Campaign campaign) : IClassFixture<Campaign>
{
    public static IEnumerable<TheoryDataRow<string>> Names =>
        FaultTable.Rows.Select(row => new TheoryDataRow<string>(row.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_fault_ends_as_promised(string name)
    {
        Campaign.Outcome outcome = await campaign.OutcomeAsync(FaultTable.Rows.Single(row => row.Name == name));
        Assert.SkipWhen(outcome.Skipped is not null, outcome.Skipped ?? "");
        Assert.True(outcome.Failure is null, outcome.Failure);
    }

    [Fact]
    public async Task The_page_is_what_was_proved()
    {
        Campaign.Outcome[] outcomes = await Task.WhenAll(FaultTable.Rows.Select(campaign.OutcomeAsync));
        Assert.True(
            outcomes.All(outcome => outcome.Failure is null), "Rows have failed, so the page was left as it is.");

        string path = Path.Combine(Repository.Folder, "docs", "development", "faults.md");
        string page = FaultsPage.Of(FaultTable.Rows);
        if (File.Exists(path) && await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken) == page)
            return;

        Assert.False(
            string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase),
            "docs/development/faults.md is out of date: run the tests once and commit what they have written.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, page, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Nothing_that_was_told_or_left_behind_holds_a_secret()
    {
        await Task.WhenAll(FaultTable.Rows.Select(campaign.OutcomeAsync));
        Canaries canaries = campaign.Canaries();
        (string Where, byte[] Content)[] left = [.. campaign.Left()];

        Assert.Empty(left.SelectMany(one => canaries.In(one.Content).Select(found => $"{one.Where}: {found}")));

        // There was much to look for, and much to look at.
        Assert.True(canaries.Count > FaultTable.Rows.Count, $"{canaries.Count} secrets");
        Assert.True(left.Count(one => one.Where == "what was told") > 200);
        Assert.True(OperatingSystem.IsWindows() || left.Any(one => one.Where == "what tools were given"));
    }

    [Fact]
    public void Each_row_has_a_name_of_its_own_and_there_are_enough()
    {
        Assert.Equal(FaultTable.Rows.Count, FaultTable.Rows.Select(row => row.Name).Distinct().Count());
        Assert.True(FaultTable.Rows.Count >= 200, $"There are {FaultTable.Rows.Count} rows.");
    }
}
