using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MonitorToken.EntraEmulator;

/// <summary>The verb exec: runs a command whose every request to Azure comes here.</summary>
internal static class Exec
{
    // What shells answer for a command that is not there.
    private const int NotFound = 127;

    public static Command Verb()
    {
        var command = new Argument<string[]>("command")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "The command and its arguments, after --.",
        };
        var metadata = new Option<bool>("--metadata-address")
        {
            Description = $"Answer at {Hosts.Metadata} too, which must be an alias of the loopback interface.",
        };
        var verb = new Command("exec", "Start the emulator and run a command in the environment that leads to it.")
        {
            metadata,
            command,
        };
        verb.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(command),
            new EmulatorOptions { HasMetadataAddress = parsed.GetValue(metadata) },
            cancellationToken));
        return verb;
    }

    private static async Task<int> RunAsync(
        string[] command, EmulatorOptions options, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = Start(command);
        await using Emulator emulator = await Emulator.StartAsync(options, cancellationToken);
        return await RunAsync(emulator, start);
    }

    /// <summary>
    /// Nobody has to install PowerShell and Pester to run a file of the commands' tests. What is missing is fetched now,
    /// since all that the command asks for itself comes to the emulator.
    /// </summary>
    private static ProcessStartInfo Start(string[] command)
    {
        if (command[0] != "pwsh" || PowerShellHost.FindOrFetch() is not { } powerShell)
            return new ProcessStartInfo(command[0], command.Skip(1));

        ProcessStartInfo start = powerShell.AsTyped(command.Skip(1));
        if (command.Any(argument => Path.GetFileName(argument) == PesterModule.Script)
            && PesterModule.FindOrFetch(powerShell) is { } pester)
            start.Environment.TryAdd(PesterModule.Variable, pester);
        return start;
    }

    /// <summary>Runs the process as a client of the emulator, on our own console; returns its exit code.</summary>
    internal static async Task<int> RunAsync(Emulator emulator, ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        ClientEnvironment.Apply(emulator, start.Environment);

        using var process = new Process { StartInfo = start };
        // The terminal sends Ctrl+C to the command as well; we stay to serve its last requests and to return its exit
        // code.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(
            PosixSignal.SIGINT, signal => signal.Cancel = true);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            process.Kill(entireProcessTree: true);
        });

        try
        {
            process.Start();
        }
        catch (Win32Exception failure)
        {
            await Console.Error.WriteLineAsync($"{start.FileName}: {failure.Message}");
            return NotFound;
        }

        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }
}
