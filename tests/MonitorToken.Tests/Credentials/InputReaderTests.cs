using System.Diagnostics;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Credentials;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>What a way of signing in looks at is seen anew each time, and digested only when it is otherwise.</summary>
public sealed class InputReaderTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private const string Variable = "INPUT_READER_TESTS";

    [Fact]
    public async Task The_same_is_seen_as_the_same()
    {
        var reader = new InputReader([Variable]);
        Set(Variable, "one");
        CredentialInputs seen = reader.TryRead()!;
        Assert.Same(seen, reader.TryRead()!);

        Set(Variable, "another");
        Assert.Equal("another", reader.TryRead()![Variable]);
        Assert.NotEqual(seen.Digest, reader.TryRead()!.Digest);
        await Assert.ThrowsAsync<InputsChangedException>(() => seen.ThrowIfChangedAsync(Stop));
    }

    [Fact]
    public async Task A_file_is_told_by_what_is_in_it_and_not_by_its_date()
    {
        string path = Path.Combine(Folder, "file");
        File.WriteAllText(path, "one");
        DateTime date = File.GetLastWriteTimeUtc(path);
        var reader = new InputReader([], _ => [path]);
        CredentialInputs one = await reader.ReadAsync(Stop);
        Assert.Same(one, await reader.ReadAsync(Stop));

        File.WriteAllText(path, "two");
        File.SetLastWriteTimeUtc(path, date);
        Assert.Null(reader.TryRead());
        CredentialInputs two = await reader.ReadAsync(Stop);
        Assert.NotEqual(one.Digest, two.Digest);
        await Assert.ThrowsAsync<InputsChangedException>(() => one.ThrowIfChangedAsync(Stop));

        File.Delete(path);
        CredentialInputs none = await reader.ReadAsync(Stop);
        Assert.NotEqual(two.Digest, none.Digest);
        Assert.NotEqual(one.Digest, none.Digest);
    }

    [Fact]
    public async Task A_file_that_was_settled_when_it_was_read_is_not_opened_again_until_it_changes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There the time of the last change cannot be set back.");
        string path = Path.Combine(Folder, "file");
        File.WriteAllText(path, "one");
        DateTime date = DateTime.UtcNow.AddDays(-1);
        var reader = new InputReader([], _ => [path]);

        // One that was changed just now may be changed again without another date.
        CredentialInputs one = await reader.ReadAsync(Stop);
        Assert.Null(reader.TryRead());
        await Eventually.TrueAsync(() => FileStamp.Of(path).IsConclusive, "the file has settled");
        Assert.Same(one, await reader.ReadAsync(Stop));
        Assert.Same(one, reader.TryRead());

        foreach (Action change in new Action[]
        {
            () => File.SetLastWriteTimeUtc(path, date),
            () => File.WriteAllText(path, "two"),
            () =>
            {
                File.WriteAllText(path + ".new", "sam");
                File.SetLastWriteTimeUtc(path + ".new", date);
                File.Move(path + ".new", path, overwrite: true);
            },
            () => File.Delete(path),
        })
        {
            change();
            Assert.Null(reader.TryRead());
        }
    }

    [Fact]
    public async Task A_read_that_hangs_is_left_at_the_deadline_and_those_who_come_later_wait_for_the_same_one()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A named pipe is no file there.");
        string path = Path.Combine(Folder, "pipe");
        using (Process made = Process.Start("mkfifo", path))
            await made.WaitForExitAsync(Stop);
        var reader = new InputReader([], _ => [path]);
        using (var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(1.5)))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader.ReadAsync(deadline.Token));
        Task<CredentialInputs>[] later = [reader.ReadAsync(Stop), reader.ReadAsync(Stop), reader.ReadAsync(Stop)];

        // Of several who read a pipe, one alone gets what is written to it once.
        await using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            await writer.WriteAsync(new byte[1], Stop);
        string[] digests = [.. (await Task.WhenAll(later)).Select(inputs => inputs.Digest)];
        Assert.Single(digests.Distinct());
    }

    [Fact]
    public void What_was_seen_is_forgotten_with_the_tokens()
    {
        var reader = new InputReader([Variable]);
        CredentialInputs seen = reader.TryRead()!;
        ProcessMemory.Clear();
        Assert.NotSame(seen, reader.TryRead()!);
        Assert.Equal(seen.Digest, reader.TryRead()!.Digest);
    }
}
