using System.Diagnostics;

namespace MonitorToken.EntraEmulator;

/// <summary>The PowerShell that this machine has: pwsh on PATH, or the tool that the repository pins.</summary>
public sealed class PowerShellHost
{
    /// <summary>How to get one, for those who have none.</summary>
    public const string HowToInstall =
        "Install it from https://aka.ms/powershell, or for this repository alone with: dotnet tool restore";

    private static readonly string[] Quiet = ["-NoLogo", "-NoProfile", "-NonInteractive"];

    private readonly string[] _command;

    private PowerShellHost(params string[] command) => _command = command;

    /// <summary>Null when there is none.</summary>
    public static PowerShellHost? Find()
    {
        string? onPath = (System.Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh"))
            .FirstOrDefault(File.Exists);
        if (onPath is not null)
            return new PowerShellHost(onPath);

        var tool = new PowerShellHost("dotnet", "tool", "run", "pwsh", "--");
        return Tool.Succeeds(tool.StartInfo("-Version")) ? tool : null;
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
}
