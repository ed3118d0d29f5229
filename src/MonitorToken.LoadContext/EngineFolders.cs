using System.Runtime.InteropServices;

namespace MonitorToken.Isolation;

/// <summary>
/// The folder with the portable engine, and the one with its assemblies compiled ahead of time (ReadyToRun) for this
/// version of the runtime and this platform, if there is one. Code for another version is rejected by the runtime, and
/// loading it is slower than loading the portable assemblies.
/// </summary>
internal sealed class EngineFolders(string common, string precompiled)
{
    private readonly HashSet<string> _listed = ListIn(common);

    /// <param name="common">The folder with the portable engine. The precompiled ones are its siblings.</param>
    public static EngineFolders ForThisProcess(string common) =>
        new(common, Path.Combine(Path.GetDirectoryName(common)!, Precompiled(
            Environment.Version,
            OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux",
            RuntimeInformation.ProcessArchitecture)));

    /// <summary>The relative path of the folder for a runtime and platform; it need not exist.</summary>
    public static string Precompiled(Version runtime, string system, Architecture architecture) =>
        Path.Combine($"net{runtime.Major}.0", $"{system}-{architecture.ToString().ToLowerInvariant()}");

    /// <summary>
    /// Whether the assembly belongs to the engine. A listed file that is missing belongs to it too: its assembly must
    /// not be resolved to another module's.
    /// </summary>
    public bool Has(string assembly) => _listed.Contains(assembly + ".dll") || File.Exists(PathOf(assembly));

    public string PathOf(string assembly) => Path.Combine(common, assembly + ".dll");

    /// <summary>The path of the precompiled assembly; null if there is none.</summary>
    public string? PrecompiledPathOf(string assembly)
    {
        string path = Path.Combine(precompiled, assembly + ".dll");
        return File.Exists(path) ? path : null;
    }

    private static HashSet<string> ListIn(string folder)
    {
        string contents = Path.Combine(folder, "contents.txt");
        return File.Exists(contents)
            ? new(File.ReadAllLines(contents), StringComparer.OrdinalIgnoreCase)
            : [];
    }
}
