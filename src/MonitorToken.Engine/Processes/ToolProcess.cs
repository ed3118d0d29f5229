using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace MonitorToken.Engine.Processes;

/// <summary>The command line of a tool.</summary>
/// <param name="Program">The full path, as <see cref="ToolPath.Find"/> returns it.</param>
/// <param name="Arguments">The arguments; each must be <see cref="ToolArgument.IsSafe"/>.</param>
/// <param name="Environment">The environment variables to set, or to remove if the value is null.</param>
internal sealed record ToolCommand(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string?>? Environment = null)
{
    /// <summary>
    /// Arguments that come first, from the configuration of the tool, which has quoted them; empty for none.
    /// </summary>
    public string ConfiguredArguments { get; init; } = string.Empty;
}

/// <summary>The exit code and output of a tool. Not a record, whose ToString would print a token.</summary>
internal sealed class ToolOutput(int exitCode, string standardOutput, string standardError)
{
    public int ExitCode { get; } = exitCode;

    public string StandardOutput { get; } = standardOutput;

    public string StandardError { get; } = standardError;
}

/// <summary>
/// Runs a developer tool without a terminal, with bounded output, and kills its process tree on cancellation.
/// </summary>
internal static class ToolProcess
{
    /// <summary>
    /// How long to wait for the rest of the output after the tool has exited or was killed. A background process may
    /// keep the pipe open.
    /// </summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, string?> NoVariables = [];

    /// <exception cref="System.ComponentModel.Win32Exception">The tool could not be started.</exception>
    /// <exception cref="OperationCanceledException">It was canceled; the process tree was killed.</exception>
    public static async Task<ToolOutput> RunAsync(ToolCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = new Process { StartInfo = StartInfo(command), EnableRaisingEvents = true };
        var exit = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => exit.TrySetResult(true);
        using var tree = ProcessTree.Start(process);
        try
        {
            // A tool that prompts for input reads the end of the stream.
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The tool has already exited.
        }

        using Stream output = process.StandardOutput.BaseStream;
        using Stream error = process.StandardError.BaseStream;
        using var stopReading = new CancellationTokenSource();
        var standardOutput = new BoundedOutput(output);
        var standardError = new BoundedOutput(error);
        Task drained = Task.WhenAll(
            standardOutput.DrainAsync(stopReading.Token), standardError.DrainAsync(stopReading.Token));
        try
        {
            await exit.Task.UnlessCanceled(cancellationToken).ConfigureAwait(false);
            await Task.WhenAny(drained, Task.Delay(DrainTimeout, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            tree.Release();
            return new ToolOutput(process.ExitCode, standardOutput.Text, standardError.Text);
        }
        catch (OperationCanceledException)
        {
            tree.Kill();
            await Task.WhenAny(Task.WhenAll(exit.Task, drained), Task.Delay(DrainTimeout, CancellationToken.None))
                .ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (!drained.IsCompleted)
            {
                stopReading.Cancel();
                CancelRead(output);
                CancelRead(error);
            }
        }
    }

    private static ProcessStartInfo StartInfo(ToolCommand command)
    {
        if (!ToolPath.IsFull(command.Program))
            throw new ArgumentException("The path of the tool must be a full path.", nameof(command));

        string ownArguments = ToolArgument.Line(command.Arguments);
        if (command.ConfiguredArguments.Length > 0)
            ownArguments = $"{command.ConfiguredArguments} {ownArguments}";
        (string program, string arguments) = CommandLine(command.Program, ownArguments);
        var info = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // Not the current folder, from which a tool may load files.
            WorkingDirectory = ToolPath.IsWindows ? Environment.SystemDirectory : "/",
        };

        IReadOnlyDictionary<string, string?>?[] all = [ToolSession.Current?.Environment, command.Environment];
        foreach (KeyValuePair<string, string?> variable in all.SelectMany(variables => variables ?? NoVariables))
        {
            if (variable.Value is null)
                info.Environment.Remove(variable.Key);
            else
                info.Environment[variable.Key] = variable.Value;
        }

        return info;
    }

    private static (string Program, string Arguments) CommandLine(string program, string arguments)
    {
        string line = $"\"{program}\" {arguments}";
        if (ToolSession.Current is { } session)
            return (session.Program, session.Arguments + line);

        // A batch file needs cmd.exe, without AutoRun commands (/d) and delayed expansion (/v:off). With /s, it removes
        // only the outer quotes.
        return ToolPath.IsWindows && !program.EndsWith(".exe", StringComparison.OrdinalIgnoreCase)
            ? (Path.Combine(Environment.SystemDirectory, "cmd.exe"), $"/d /v:off /s /c \"{line}\"")
            : (program, arguments);
    }

    /// <summary>
    /// Cancels a read on Windows, where reads of a pipe are synchronous and block a thread for as long as any process
    /// holds the other end.
    /// </summary>
    private static void CancelRead(Stream stream)
    {
        if (ToolPath.IsWindows && stream is FileStream file)
            CancelIoEx(file.SafeFileHandle, IntPtr.Zero);
    }

    [SupportedOSPlatform("windows")]
    [DllImport("kernel32.dll", ExactSpelling = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool CancelIoEx(SafeHandle handle, IntPtr overlapped);
}
