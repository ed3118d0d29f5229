using System.Diagnostics;

namespace MonitorToken.Tests.Framework;

/// <summary>
/// Debian's Mono in a tree of its own, with the facades of .NET Framework 4.7.2 and no others: Mono's has more, and
/// would hide that the module lacks something. It loads strictly, as .NET Framework does: a name is not enough.
/// </summary>
internal sealed class MonoRuntime
{
    private const string Program = "/usr/bin/mono-sgen";

    private const string Libraries = "/usr/lib";

    // What the commands, the engine and their dependencies use of it.
    private static readonly string[] Assemblies =
        ["System", "System.Core", "System.Data", "System.Net.Http", "System.Runtime.Serialization", "System.Xml.Linq"];

    private readonly string _folder;

    private MonoRuntime(string folder) => _folder = folder;

    /// <summary>Why it cannot be had here; null where it can.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <param name="folder">An empty one.</param>
    /// <param name="facades">Those of the reference assemblies.</param>
    public static MonoRuntime Create(string folder, string facades)
    {
        // It takes for its root the folder in which it lies, whither no link leads.
        string bin = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
        File.Copy(Program, Path.Combine(bin, "mono"));

        string lib = Directory.CreateDirectory(Path.Combine(folder, "lib")).FullName;
        foreach (string library in Directory.EnumerateFiles(Libraries, "lib*ono*.so*"))
            Link(library, lib);
        string framework = Directory.CreateDirectory(Path.Combine(lib, "mono", "4.5")).FullName;
        foreach (string assembly in Directory.EnumerateFiles(Path.Combine(Libraries, "mono", "4.5"), "*.dll"))
            Link(assembly, framework);
        Link(Path.Combine(Libraries, "mono", "gac"), Path.Combine(lib, "mono"));
        Link("/etc/mono", Directory.CreateDirectory(Path.Combine(folder, "etc")).FullName);

        string own = Directory.CreateDirectory(Path.Combine(framework, "Facades")).FullName;
        foreach (string facade in Directory.EnumerateFiles(facades, "*.dll"))
            File.WriteAllBytes(Path.Combine(own, Path.GetFileName(facade)), ToRun(File.ReadAllBytes(facade)));
        return new MonoRuntime(folder);
    }

    /// <summary>How to start a program. It has its home here, for what it trusts.</summary>
    public ProcessStartInfo StartInfo(string program, params IEnumerable<string> arguments)
    {
        string home = Directory.CreateDirectory(Path.Combine(_folder, "home", Path.GetRandomFileName())).FullName;
        string mono = Path.Combine(_folder, "bin", "mono");
        return new ProcessStartInfo(mono, ["--assembly-loader=strict", program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["HOME"] = home,
                ["XDG_CONFIG_HOME"] = Path.Combine(home, ".config"),
                ["MONO_PATH"] = null,
                ["LC_ALL"] = "C.UTF-8",
            },
        };
    }

    private static string? FindMissing()
    {
        string folder = Path.Combine(Libraries, "mono", "4.5");
        string[] needed = [Program, .. Assemblies.Select(name => Path.Combine(folder, name + ".dll"))];
        return needed.FirstOrDefault(file => !File.Exists(file)) is { } missing
            ? $"Mono is not complete here: there is no {missing}. .ci/run names Debian's packages to install."
            : null;
    }

    /// <summary>
    /// A facade has no code, but counts as a reference assembly all the same, which a runtime refuses by the name of an
    /// attribute.
    /// </summary>
    private static byte[] ToRun(byte[] facade)
    {
        Span<byte> rest = facade;
        ReadOnlySpan<byte> name = "ReferenceAssemblyAttribute\0"u8;
        for (int index = rest.IndexOf(name); index >= 0; index = rest.IndexOf(name))
            rest[index] = (byte)'_';
        return facade;
    }

    private static void Link(string target, string folder) =>
        File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(target)), target);
}
