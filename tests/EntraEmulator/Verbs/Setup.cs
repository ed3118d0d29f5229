using System.CommandLine;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The verb setup, with which dotnet test begins: fetches for this repository what the commands' tests need and the
/// machine lacks.
/// </summary>
internal static class Setup
{
    public static Command Verb()
    {
        var verb = new Command(
            "setup",
            "Fetch PowerShell and Pester for this repository, where the machine has none; under Wine, for Windows too.");
        verb.SetAction(_ =>
        {
            if (PowerShellHost.FindOrFetch() is not { } powerShell)
            {
                Console.WriteLine("PowerShell could not be fetched. " + PowerShellHost.HowToInstall);
                return;
            }

            powerShell.CompileAhead();
            if (PesterModule.FindOrFetch(powerShell) is null)
                Console.WriteLine("Pester could not be fetched. " + PesterModule.HowToInstall);
            if (WinePowerShell.FindOrMake() is null)
                Console.WriteLine("The commands are not run on Windows. " + WinePowerShell.HowToInstall);
        });
        return verb;
    }
}
