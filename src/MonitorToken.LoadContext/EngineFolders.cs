using System.Runtime.InteropServices;

namespace MonitorToken.Isolation;

/// <summary>
/// The folder with the portable engine, and the one with its assemblies compiled ahead of time (ReadyToRun) for this
/// version of the runtime and this platform, if there is one. Code for another version is rejected by the runtime, and
/// loading it is slower than loading the portable assemblies.
/// </summary>
internal sealed class EngineFolders(string common, string precompiled)
{
    /// <param name="common">The folder with the portable engine. The precompiled ones are its siblings.</param>
    public static EngineFolders ForThisProcess(string common) =>
        new(common, Path.Combine(Path.GetDirectoryName(common)!, Precompiled(
            Environment.Version,
            OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux",
            RuntimeInformation.ProcessArchitecture)));

    /// <summary>The relative path of the folder for a runtime and platform; it need not exist.</summary>
    public static string Precompiled(Version runtime, string system, Architecture architecture) =>
        Path.Combine($"net{runtime.Major}.0", $"{system}-{architecture.ToString().ToLowerInvariant()}");

    public bool Has(string assembly) => File.Exists(PathOf(assembly));

    public string PathOf(string assembly) => Path.Combine(common, assembly + ".dll");

    /// <summary>The path of the precompiled assembly; null if there is none.</summary>
    public string? PrecompiledPathOf(string assembly)
    {
        string path = Path.Combine(precompiled, assembly + ".dll");
        return File.Exists(path) ? path : null;
    }
}
