using System.Collections;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using MonitorToken.Engine.Processes;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator.Clients;

/// <summary>A client of somebody else's, unmodified, in the environment that leads it to the emulator.</summary>
internal static class ClientProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static Dictionary<string, string?> _before = [];

    /// <summary>The program on PATH; where there is none, the test is skipped.</summary>
    public static string Require(string name)
    {
        string? program = ToolPath.Find(name);
        Assert.SkipWhen(program is null, $"There is no {name} on PATH.");
        return program;
    }

    /// <summary>Runs a program as a client of the emulator that must find a managed identity by itself.</summary>
    public static async Task<ClientOutput> RunAsync(Emulator emulator, ProcessStartInfo start, string folder)
    {
        ClientEnvironment.Apply(emulator, start.Environment);
        // The variable is known to some clients only; without it all look where Azure has the service.
        start.Environment.Remove("AZURE_POD_IDENTITY_AUTHORITY_HOST");
        start.Environment["AZURE_CONFIG_DIR"] = folder;
        start.WorkingDirectory = start.WorkingDirectory is { Length: > 0 } already ? already : folder;
        return await RunAsync(start);
    }

    /// <summary>Runs a program as if it had been started before the tests took this process to the emulator.</summary>
    public static Task<ClientOutput> RunOutsideAsync(ProcessStartInfo start)
    {
        start.Environment.Clear();
        foreach ((string name, string? value) in _before)
            start.Environment[name] = value;
        return RunAsync(start);
    }

    // Before the fixture that does it. It is called by the runtime alone.
    [ModuleInitializer]
    internal static void Remember() => _before = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value);

    private static async Task<ClientOutput> RunAsync(ProcessStartInfo start)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            string text = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new(process.ExitCode, text, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
