using System.Diagnostics;
using System.Globalization;
using System.Reflection.PortableExecutable;
using System.Text.Json;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The PowerShell that this machine has: pwsh on PATH, or the tool that the repository pins. Where that is one that
/// each process compiles for itself, setup has compiled it ahead.
/// </summary>
public sealed class PowerShellHost
{
    /// <summary>How to get one, for those who have none.</summary>
    public const string HowToInstall =
        "Install it from https://aka.ms/powershell, or for this repository alone with: dotnet tool restore";

    private static readonly string[] Quiet = ["-NoLogo", "-NoProfile", "-NonInteractive"];

    private readonly string _origin;

    private readonly string[] _command;

    private PowerShellHost(string origin, string[] command) => (_origin, _command) = (origin, command);

    // What was compiled ahead, and of what.
    private static string Ahead => Path.Combine(Repository.Folder, "out", "pwsh");

    private static string MadeOf => Path.Combine(Ahead, "made-of.txt");

    private static string Project => Path.Combine(Repository.Folder, "tests", "PowerShell.Ahead");

    /// <summary>Null when there is none.</summary>
    public static PowerShellHost? Find()
    {
        string? onPath = (System.Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh"))
            .FirstOrDefault(File.Exists);
        string origin = OriginOf(onPath ?? Path.Combine(Repository.Folder, ".config", "dotnet-tools.json"));
        bool isAhead = File.Exists(MadeOf) && File.ReadAllText(MadeOf) == origin;
        string[] command =
            isAhead ? ["dotnet", Path.Combine(Ahead, "pwsh.dll")]
            : onPath is not null ? [onPath]
            : ["dotnet", "tool", "run", "pwsh", "--"];
        var host = new PowerShellHost(origin, command);
        return onPath is not null || Tool.Succeeds(host.StartInfo("-Version")) ? host : null;
    }

    /// <summary>As Find; but where there is none, the pinned tool is fetched, once.</summary>
    public static PowerShellHost? FindOrFetch()
    {
        if (Find() is { } host)
            return host;

        Console.WriteLine("PowerShell is not on PATH: fetching the tool that .config/dotnet-tools.json pins, once.");
        var restore = new ProcessStartInfo("dotnet", ["tool", "restore"]) { WorkingDirectory = Repository.Folder };
        return Tool.Succeeds(restore) ? Find() : null;
    }

    /// <summary>How to run it as whoever types pwsh does: where they are, with their arguments alone.</summary>
    public ProcessStartInfo AsTyped(IEnumerable<string> arguments) =>
        new(_command[0], [.. _command.Skip(1), .. arguments]);

    /// <summary>How to run it, without profile and prompts, in the repository's folder.</summary>
    public ProcessStartInfo StartInfo(params string[] arguments) =>
        new(_command[0], [.. _command.Skip(1), .. Quiet, .. arguments]) { WorkingDirectory = Repository.Folder };

    /// <summary>
    /// Compiles it ahead, once, where it holds no machine code: that is the .NET tool, of which each process would
    /// compile the same for a second and more, and the tests start hundreds. Where that cannot be done, it serves as it
    /// is.
    /// </summary>
    public void CompileAhead()
    {
        if (Tool.Output(StartInfo("-Command", "$PSHOME"))?.Trim() is not { Length: > 0 } home
            || IsCompiled(Path.Combine(home, "System.Management.Automation.dll")))
            return;

        Console.WriteLine("PowerShell is one that each process compiles for itself: compiling it into out/pwsh, once.");
        if (Directory.Exists(Ahead))
            Directory.Delete(Ahead, recursive: true);
        string[] properties = [$"-p:PowerShellHome={home}", $"-p:TargetFramework={Framework(home)}"];
        if (Tool.Succeeds(new("dotnet", ["publish", Project, "--output", Ahead, .. properties])))
            File.WriteAllText(MadeOf, _origin);
        else
            Console.WriteLine("It could not be compiled, so the tests will take longer.");
    }

    // By this it is known that there is another by now.
    private static string OriginOf(string path)
    {
        if (!File.Exists(path))
            return "";

        FileSystemInfo file = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
        return string.Create(CultureInfo.InvariantCulture, $"{file.FullName} {file.LastWriteTimeUtc:o}");
    }

    private static bool IsCompiled(string library)
    {
        using var file = new PEReader(File.OpenRead(library));
        return file.PEHeaders.CorHeader is not { ManagedNativeHeaderDirectory.Size: 0 };
    }

    // What is compiled for another runtime than the one that it runs on is not used by that.
    private static string Framework(string home)
    {
        using var configuration = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(home, "pwsh.runtimeconfig.json")));
        return configuration.RootElement.GetProperty("runtimeOptions").GetProperty("tfm").GetString()!;
    }
}
