using System.Runtime.CompilerServices;

namespace MonitorToken.Proofs.Leaks;

/// <summary>
/// The temporary folder of this process alone, so that a search for leaks does not find what other test runs on the
/// same machine have written, who use the same secrets.
/// </summary>
internal static class TemporaryFolder
{
    // Before xunit makes the first fixture.
    [ModuleInitializer]
    public static void Use()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("monitortoken-proofs-");
        foreach (string variable in OperatingSystem.IsWindows() ? ["TMP", "TEMP"] : new[] { "TMPDIR" })
            Environment.SetEnvironmentVariable(variable, folder.FullName);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
    }
}
