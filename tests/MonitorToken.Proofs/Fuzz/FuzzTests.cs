using Xunit;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>What holds for every input, tried on many that nobody has thought of.</summary>
public sealed class FuzzTests(FuzzRun run, ITestOutputHelper output) : IClassFixture<FuzzRun>
{
    /// <summary>What a run tries at least, all properties together.</summary>
    private const int Fewest = 100_000;

    public static TheoryData<string> Names =>
        [.. FuzzRun.PropertiesOf(emulator: null!, bodies: null!).Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Holds(string property)
    {
        FuzzRun.Outcome outcome = await run.OutcomeAsync(property);
        output.WriteLine($"{outcome.Inputs} inputs; {FuzzRun.SeedVariable}={run.Seed}");
        Assert.True(outcome.Failure is null, outcome.Failure);
    }

    [Fact]
    public async Task Inputs_are_a_hundred_thousand_at_least()
    {
        int sum = 0;
        foreach (Property property in run.Properties)
        {
            FuzzRun.Outcome outcome = await run.OutcomeAsync(property.Name);
            output.WriteLine($"{outcome.Inputs,7}  {property.Name}");
            sum += outcome.Inputs;
        }

        output.WriteLine($"{sum,7}  {FuzzRun.SeedVariable}={run.Seed}");
        Assert.True(sum >= Fewest, $"Only {sum} inputs were tried.");
    }
}
