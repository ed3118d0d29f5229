using System.ComponentModel;
using System.Text;
using MonitorToken.Engine;
using MonitorToken.Engine.Processes;
using Xunit;

namespace MonitorToken.Tests.Processes;

public sealed class ToolProcessTests : ToolTest
{
    [Fact]
    public async Task What_a_tool_prints_and_how_it_ends_is_told()
    {
        ToolOutput output = await RunAsync("""
            echo 'Grüße, 世界'
            echo 'schiefgegangen' >&2
            exit 3
            """);
        Assert.Equal(3, output.ExitCode);
        Assert.Equal("Grüße, 世界\n", output.StandardOutput);
        Assert.Equal("schiefgegangen\n", output.StandardError);
    }

    [Theory]
    [InlineData("echo ready; exec sleep 300", 1)]
    [InlineData("sleep 300 & echo ready; wait", 2)]
    [InlineData("(sleep 300 &); echo ready; sleep 300", 3)]
    [InlineData("(sleep 300 & sh -c 'sleep 300; :' & ) ; echo ready; sleep 300", 5)]
    [InlineData("trap '' HUP INT QUIT TERM; (sleep 300 &); echo ready; sleep 300", 3)]
    [InlineData("setsid sleep 300 & echo ready; wait", 2)]
    [InlineData("(sleep 300 & sleep 300 >/dev/null 2>&1 &); exec >/dev/null 2>&1; sleep 300", 4)]
    public async Task A_tool_that_hangs_is_ended_with_everything_that_it_has_started(string script, int processes)
    {
        ProcessTable.SkipUnlessThere();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<ToolOutput> run = ToolProcess.RunAsync(Command(script), cancel.Token);
        await UntilAsync(() => Left().Count >= processes, $"{processes} processes are there");
        Assert.False(run.IsCompleted);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await UntilAsync(() => Left().Count == 0, "nothing is left");
        await UntilAsync(() => ProcessTable.CountZombies() == 0, "nothing is left unburied");
    }

    [Theory]
    [InlineData("(sleep 300 &); echo ready; sleep 300", 3)]
    [InlineData("trap '' HUP INT QUIT TERM; (sleep 300 & sh -c 'sleep 300; :' & ) ; sleep 300", 5)]
    public async Task Where_there_is_no_setsid_Perl_has_the_same_done(string script, int processes)
    {
        UsePerl();
        await A_tool_that_hangs_is_ended_with_everything_that_it_has_started(script, processes);
    }

    [Fact]
    public async Task Perl_adds_nothing_and_takes_nothing_away()
    {
        UsePerl();
        Set("LC_ALL", "no_SUCH.locale");
        string[] arguments = ["--output", "Pay-As-You-Go (My Lab), no. 2", "-e", "a=b+c/d=="];
        ToolOutput output = await RunAsync(
            """
            printf '%s\n' "$@"
            (: < /dev/tty) 2>/dev/null && echo some || echo none
            exit 3
            """,
            arguments);
        Assert.Equal([.. arguments, "none"], output.StandardOutput.TrimEnd('\n').Split('\n'));
        Assert.Equal((3, string.Empty), (output.ExitCode, output.StandardError));
        await A_tool_that_cannot_be_started_says_so();
    }

    [Fact]
    public async Task A_tool_that_hangs_is_ended_when_this_process_exits()
    {
        ProcessTable.SkipUnlessThere();
        string mark = Guid.NewGuid().ToString("n");
        await OwnProcess.RunAsync(
            $"{typeof(ToolProcessTests).FullName}.{nameof(With_a_tool_that_hangs_at_exit)}",
            "/usr/bin/env",
            $"TEST_EXIT_MARK={mark}");
        await UntilAsync(() => ProcessTable.WithVariable($"TEST_EXIT_MARK={mark}").Count == 0, "nothing is left");
    }

    [Fact(Explicit = true)]
    public async Task With_a_tool_that_hangs_at_exit()
    {
        string ready = Path.Combine(Folder, "ready");
        ToolProcess.RunAsync(
            new ToolCommand(Install("tool", $"sleep 300 & touch '{ready}'; wait"), []),
            CancellationToken.None).Forget();
        await UntilAsync(() => File.Exists(ready), "the tool runs");
    }

    [Fact]
    public async Task Who_is_cancelled_already_starts_nothing()
    {
        string trace = Path.Combine(Folder, "trace");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ToolProcess.RunAsync(Command($"touch '{trace}'"), new CancellationToken(canceled: true)));
        Assert.False(File.Exists(trace));
    }

    [Fact]
    public async Task One_who_holds_the_output_open_after_the_tool_has_ended_is_not_waited_for_and_not_harmed()
    {
        ProcessTable.SkipUnlessThere();
        int pipes = ProcessTable.CountPipes();
        ToolOutput output = await RunAsync("sleep 300 & echo done; exit 4").WaitAsync(TimeSpan.FromMinutes(2), Stop);
        Assert.Equal((4, "done\n"), (output.ExitCode, output.StandardOutput));
        Assert.Single(Left());
        await UntilAsync(() => ProcessTable.CountPipes() <= pipes, "its pipes are closed");
    }

    [Fact]
    public async Task Megabytes_on_both_streams_neither_block_nor_grow()
    {
        ToolOutput output = await RunAsync("""
            yes 'ü' | head -c 5000001 >&2 &
            yes 'é' | head -c 5000002
            wait
            printf 'last word'
            printf 'last error' >&2
            """);

        // head cuts a character in half, which takes more room once it is a replacement.
        foreach (string text in new[] { output.StandardOutput, output.StandardError })
            Assert.InRange(Encoding.UTF8.GetByteCount(text), BoundedOutput.Limit - 4, BoundedOutput.Limit + 4);
        Assert.EndsWith("last word", output.StandardOutput, StringComparison.Ordinal);
        Assert.EndsWith("last error", output.StandardError, StringComparison.Ordinal);
        Assert.Contains(output.StandardOutput[0], "é\n");
        Assert.Contains(output.StandardError[0], "ü\n");
    }

    [Fact]
    public async Task A_tool_that_asks_something_gets_no_answer_and_does_not_wait() =>
        Assert.Equal("nobody\n", (await RunAsync("read answer && echo \"$answer\" || echo nobody")).StandardOutput);

    [Fact]
    public async Task A_tool_has_no_terminal_to_ask_at()
    {
        ProcessTable.SkipUnlessThere();
        Assert.Equal("none\n", (await RunAsync("(: < /dev/tty) 2>/dev/null && echo some || echo none")).StandardOutput);
    }

    [Fact]
    public async Task It_runs_in_no_folder_of_the_user_s() =>
        Assert.Equal("/\n", (await RunAsync("pwd")).StandardOutput);

    [Fact]
    public async Task It_gets_this_process_s_variables_as_they_are_now_with_some_exchanged()
    {
        Set("MONITORTOKEN_TEST_KEPT", "kept");
        Set("MONITORTOKEN_TEST_OTHER", "ours");
        Set("MONITORTOKEN_TEST_GONE", "ours");
        string tool = Install("tool", """
            echo "$MONITORTOKEN_TEST_KEPT $MONITORTOKEN_TEST_OTHER ${MONITORTOKEN_TEST_GONE-gone}"
            """);
        var environment = new Dictionary<string, string?>
        {
            ["MONITORTOKEN_TEST_OTHER"] = "its own",
            ["MONITORTOKEN_TEST_GONE"] = null,
        };
        ToolOutput output = await ToolProcess.RunAsync(new ToolCommand(tool, [], environment), Stop);
        Assert.Equal("kept its own gone\n", output.StandardOutput);
        Assert.Equal("ours", Environment.GetEnvironmentVariable("MONITORTOKEN_TEST_OTHER"));
    }

    [Fact]
    public async Task Arguments_arrive_as_they_are()
    {
        string[] arguments =
            ["--subscription", "Pay-As-You-Go (My Lab), no. 2", "https://monitoring.azure.com//.default", "a=b+c/d=="];
        ToolOutput output = await RunAsync("""printf '%s\n' "$@" """, arguments);
        Assert.Equal(arguments, output.StandardOutput.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task What_would_need_quoting_or_looking_for_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => RunAsync("true", "a & b"));
        await Assert.ThrowsAsync<ArgumentException>(() => ToolProcess.RunAsync(new ToolCommand("tool", []), Stop));
    }

    [Fact]
    public async Task A_tool_that_cannot_be_started_says_so()
    {
        string tool = Install("tool", string.Empty);
        File.WriteAllText(tool, "#!/no/such/interpreter\n");
        try
        {
            ToolOutput output = await ToolProcess.RunAsync(new ToolCommand(tool, []), Stop);
            Assert.InRange(output.ExitCode, 126, 127);
            Assert.Contains(tool, ToolFailure.From(output).Message, StringComparison.Ordinal);
        }
        catch (Win32Exception exception)
        {
            // Where there is no setsid to start it.
            Assert.Contains(tool, exception.Message, StringComparison.Ordinal);
        }
    }

    private static void UsePerl()
    {
        ProcessTable.SkipUnlessThere();
        Assert.SkipUnless(File.Exists(ToolSession.Perl.Program), "There is no Perl, which macOS has.");
        ToolSession.Override = ToolSession.Perl;
    }

    [Fact]
    public void A_job_s_limits_are_laid_out_as_Windows_wants_them()
    {
        byte[] limits = WindowsJob.Limits(killOnClose: true);
        Assert.Equal(IntPtr.Size == 8 ? 144 : 112, limits.Length);
        Assert.Equal(0x2000, BitConverter.ToInt32(limits, 16));
        Assert.All(WindowsJob.Limits(killOnClose: false), part => Assert.Equal(0, part));
    }
}
