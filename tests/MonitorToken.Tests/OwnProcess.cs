using System.Diagnostics;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>
/// Runs one explicit test in a process of its own: what a process reads once, such as its proxy, and what it is, such
/// as its user, cannot be changed for a test among others.
/// </summary>
internal static class OwnProcess
{
    /// <param name="test">The type and method of the test.</param>
    /// <param name="before">A program and arguments to start it with; none for none.</param>
    public static async Task RunAsync(string test, params string[] before)
    {
        string program = Path.ChangeExtension(
            typeof(OwnProcess).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);
        string[] command = [.. before, program, "-method", test, "-explicit", "only", "-noColor"];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Where nothing else is, so that what it leaves is seen.
            WorkingDirectory = Directory.CreateTempSubdirectory("monitortoken-process-").FullName,
        };
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(start.WorkingDirectory, (UnixFileMode)0b111_111_111);

        // The host that runs this one, which may be where no program looks by itself.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(
            Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        CancellationToken stop = TestContext.Current.CancellationToken;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(stop);
        string text = await process.StandardOutput.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        Assert.True(process.ExitCode == 0, text + await error);
        Assert.Matches(@"Total: 1, Errors: 0, Failed: 0, Skipped: 0", text);
        Assert.Empty(Directory.GetFileSystemEntries(start.WorkingDirectory));
        Directory.Delete(start.WorkingDirectory);
    }
}
