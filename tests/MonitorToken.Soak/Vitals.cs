using System.Diagnostics;
using System.Globalization;

namespace MonitorToken.Soak;

/// <summary>What a process has in use. What the platform does not tell is null.</summary>
internal sealed record Vitals(double HeapMB, double WorkingSetMB, int Threads, int? Handles, int? Processes, int Files)
{
    /// <summary>Stands in the environment of whatever this process starts, and of what that starts.</summary>
    private const string Mark = "MONITORTOKEN_SOAK_RUN";

    private static readonly string Run = Guid.NewGuid().ToString("N");

    /// <summary>From here on, child processes are known by their environment.</summary>
    public static void MarkChildren() => Environment.SetEnvironmentVariable(Mark, Run);

    public static Vitals Now()
    {
        for (int i = 0; i < 3; i++)
        {
            // Gives back what it holds ready, so that the working set tells something.
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        using var self = Process.GetCurrentProcess();
        return new Vitals(
            GC.GetTotalMemory(forceFullCollection: true) / 1e6,
            self.WorkingSet64 / 1e6,
            self.Threads.Count,
            CountHandles(self),
            CountProcesses(),
            Directory.GetFileSystemEntries(Path.GetTempPath(), "*", SearchOption.AllDirectories).Length);
    }

    /// <summary>What is more than at the beginning by more than is allowed.</summary>
    public IEnumerable<string> GrownSince(Vitals begin) =>
        Rows(begin).Where(row => row.IsGrown).Select(row => row.Name);

    public IEnumerable<(string Name, string Begin, string End, string Allowed, bool IsGrown)> Rows(Vitals begin)
    {
        double heap = Math.Max(begin.HeapMB * 0.2, 10);
        yield return Row("managed heap, MB", begin.HeapMB, HeapMB, heap);
        yield return Row("working set, MB", begin.WorkingSetMB, WorkingSetMB, null);
        yield return Row("threads", begin.Threads, Threads, 10);
        yield return Row("handles", begin.Handles, Handles, 10);
        yield return Row("processes", begin.Processes, Processes, 0);
        yield return Row("temporary files", begin.Files, Files, 0);
    }

    private static (string, string, string, string, bool) Row(string name, double? begin, double? end, double? more) =>
        (name, Show(begin), Show(end), more is null ? "told only" : $"+{Show(more)}", end - begin > more);

    private static string Show(double? value) => value?.ToString("0.#", CultureInfo.InvariantCulture) ?? "unknown";

    private static int? CountHandles(Process self) =>
        OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length
        : OperatingSystem.IsWindows() ? self.HandleCount
        : null;

    private static int? CountProcesses()
    {
        if (!OperatingSystem.IsLinux())
            return null;

        int count = 0;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                // This process's own is as it was when it began, without the mark.
                if (char.IsAsciiDigit(Path.GetFileName(folder)[0])
                    && File.ReadAllText($"{folder}/environ").Contains($"{Mark}={Run}", StringComparison.Ordinal))
                    count++;
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile, or is somebody else's.
            }
        }

        return count;
    }
}
