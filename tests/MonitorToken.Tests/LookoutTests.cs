using MonitorToken.Engine;
using MonitorToken.Engine.Caching;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>What a way of signing in looks at is seen anew each time, and digested only when it is otherwise.</summary>
public sealed class LookoutTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private const string Variable = "LOOKOUT_TESTS";

    [Fact]
    public void The_same_is_seen_as_the_same()
    {
        var lookout = new Lookout([Variable]);
        Set(Variable, "one");
        Surroundings seen = lookout.Look();
        Assert.Same(seen, lookout.Look());

        Set(Variable, "another");
        Assert.Equal("another", lookout.Look()[Variable]);
        Assert.NotEqual(seen.Digest, lookout.Look().Digest);
        Assert.Throws<SurroundingsChangedException>(seen.MustStand);
    }

    [Fact]
    public void A_file_is_told_by_what_is_in_it_and_not_by_its_date()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "one");
            DateTime date = File.GetLastWriteTimeUtc(path);
            var lookout = new Lookout([], _ => [path]);
            Surroundings seen = lookout.Look();
            Assert.Same(seen, lookout.Look());

            File.WriteAllText(path, "two");
            File.SetLastWriteTimeUtc(path, date);
            Assert.NotEqual(seen.Digest, lookout.Look().Digest);

            File.Delete(path);
            Assert.NotEqual(seen.Digest, lookout.Look().Digest);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void What_was_seen_is_forgotten_with_the_tokens()
    {
        var lookout = new Lookout([Variable]);
        Surroundings seen = lookout.Look();
        ProcessMemory.Clear();
        Assert.NotSame(seen, lookout.Look());
        Assert.Equal(seen.Digest, lookout.Look().Digest);
    }
}
