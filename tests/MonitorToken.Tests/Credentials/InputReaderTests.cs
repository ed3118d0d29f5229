using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Credentials;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>What a way of signing in looks at is seen anew each time, and digested only when it is otherwise.</summary>
public sealed class InputReaderTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private const string Variable = "LOOKOUT_TESTS";

    [Fact]
    public void The_same_is_seen_as_the_same()
    {
        var lookout = new InputReader([Variable]);
        Set(Variable, "one");
        CredentialInputs seen = lookout.Look();
        Assert.Same(seen, lookout.Look());

        Set(Variable, "another");
        Assert.Equal("another", lookout.Look()[Variable]);
        Assert.NotEqual(seen.Digest, lookout.Look().Digest);
        Assert.Throws<InputsChangedException>(seen.ThrowIfChanged);
    }

    [Fact]
    public void A_file_is_told_by_what_is_in_it_and_not_by_its_date()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "one");
            DateTime date = File.GetLastWriteTimeUtc(path);
            var lookout = new InputReader([], _ => [path]);
            CredentialInputs seen = lookout.Look();
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
        var lookout = new InputReader([Variable]);
        CredentialInputs seen = lookout.Look();
        ProcessMemory.Clear();
        Assert.NotSame(seen, lookout.Look());
        Assert.Equal(seen.Digest, lookout.Look().Digest);
    }
}
