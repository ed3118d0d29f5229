using System.Runtime.InteropServices;

namespace MonitorToken.Isolation;

/// <summary>
/// One engine runs on every runtime. Beside it there may be parts of it that were compiled ahead, each for one version
/// of the runtime and one platform: others refuse that code, and take longer with it than without.
/// </summary>
internal sealed class EngineFolders(string common, string precompiled)
{
    /// <param name="common">Where all of it is; beside that lies what was compiled ahead.</param>
    public static EngineFolders ForThisProcess(string common) =>
        new(common, Path.Combine(Path.GetDirectoryName(common)!, Precompiled(
            Environment.Version,
            OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux",
            RuntimeInformation.ProcessArchitecture)));

    /// <summary>Where what was compiled ahead for a runtime and platform is, if it is there at all.</summary>
    public static string Precompiled(Version runtime, string system, Architecture architecture) =>
        Path.Combine($"net{runtime.Major}.0", $"{system}-{architecture.ToString().ToLowerInvariant()}");

    public bool Has(string assembly) => File.Exists(PathOf(assembly));

    public string PathOf(string assembly) => Path.Combine(common, assembly + ".dll");

    /// <summary>Null where there is none.</summary>
    public string? PrecompiledPathOf(string assembly)
    {
        string path = Path.Combine(precompiled, assembly + ".dll");
        return File.Exists(path) ? path : null;
    }
}
