using System.CommandLine;
using System.Runtime.InteropServices;

namespace MonitorToken.EntraEmulator;

/// <summary>The verb serve: runs an emulator and prints the environment that leads to it.</summary>
internal static class Serve
{
    public static Command Verb()
    {
        var adminPort = new Option<int>("--admin-port")
        {
            Description = "The port of the plain HTTP listener; any free one unless given.",
        };
        var verb = new Command(
            "serve",
            "Start the emulator, print its environment as KEY=VALUE lines and an empty line, and run until Ctrl+C, "
                + "SIGTERM or the end of standard input.")
        {
            adminPort,
        };
        verb.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(adminPort), cancellationToken));
        return verb;
    }

    private static async Task<int> RunAsync(int adminPort, CancellationToken cancellationToken)
    {
        var stop = new TaskCompletionSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        await using Emulator emulator = await Emulator.StartAsync(
            new EmulatorOptions { AdminPort = adminPort }, cancellationToken);
        foreach ((string name, string value) in emulator.Environment)
            Console.WriteLine($"{name}={value}");
        Console.WriteLine();

        // A terminal is left alone: a reader in the background would be stopped by it.
        if (Console.IsInputRedirected)
            await Task.WhenAny(
                stop.Task, Task.Run(() => Console.OpenStandardInput().CopyTo(Stream.Null), cancellationToken));
        else
            await stop.Task;
        return 0;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.TrySetResult();
        }
    }
}
