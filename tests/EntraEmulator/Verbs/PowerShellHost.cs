using System.ComponentModel;
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
        ProcessStartInfo trial = tool.StartInfo("-Version");
        trial.RedirectStandardOutput = true;
        trial.RedirectStandardError = true;
        try
        {
            using Process process = Process.Start(trial)!;
            // Both are short, but an unread pipe could keep the process waiting.
            Task<string> errors = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            errors.Wait();
            return process.ExitCode == 0 ? tool : null;
        }
        catch (Win32Exception)
        {
            // There is no dotnet on PATH either.
            return null;
        }
    }

    /// <summary>How to run it, without profile and prompts, in the repository's folder.</summary>
    public ProcessStartInfo StartInfo(params string[] arguments) =>
        new(_command[0], [.. _command.Skip(1), .. Quiet, .. arguments]) { WorkingDirectory = Repository.Folder };
}
