using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace MonitorToken.Tests.Processes;

/// <summary>The processes of this machine, as Linux shows them in /proc.</summary>
internal static class ProcessTable
{
    public static void SkipUnlessThere() =>
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no /proc to look into.");

    /// <summary>Those that are alive and have a variable; who has ended and was not waited for has none.</summary>
    public static IReadOnlyList<Process> WithVariable(string assignment) =>
        OperatingSystem.IsLinux()
            ? [.. Process.GetProcesses().Where(process => Read(process, "environ").Split('\0').Contains(assignment))]
            : [];

    /// <summary>Children of this process that have ended and were not waited for.</summary>
    public static int CountZombies() => Process.GetProcesses().Count(process =>
    {
        // After the name, which may have anything in it: state and parent.
        string stat = Read(process, "stat");
        return stat[(stat.LastIndexOf(')') + 1)..].TrimStart().Split(' ') is ["Z", { } parent, ..]
            && parent == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
    });

    /// <summary>The pipes that this process has open.</summary>
    public static int CountPipes() => new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Count(file =>
    {
        try
        {
            return file.LinkTarget?.StartsWith("pipe:", StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            return false;
        }
    });

    private static string Read(Process process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/{file}", Encoding.Latin1);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is somebody else's.
            return string.Empty;
        }
    }
}
