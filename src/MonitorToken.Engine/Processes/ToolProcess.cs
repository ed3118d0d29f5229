using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MonitorToken.Engine.Processes;

/// <summary>A tool, and what it is started with.</summary>
/// <param name="Program">The full path, as <see cref="ToolPath.Find"/> returns it.</param>
/// <param name="Arguments">Each must be <see cref="ToolArgument.IsSafe"/>.</param>
/// <param name="Environment">Variables to set; null as a value removes one that this process has.</param>
internal sealed record ToolCommand(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string?>? Environment = null);

/// <summary>The exit code and output of a tool. Not a record, whose ToString would print a token.</summary>
internal sealed class ToolOutput(int exitCode, string standardOutput, string standardError)
{
    public int ExitCode { get; } = exitCode;

    public string StandardOutput { get; } = standardOutput;

    public string StandardError { get; } = standardError;
}

/// <summary>A tool could not be started.</summary>
internal sealed class ToolStartException(string program, Exception reason)
    : Exception($"'{program}' could not be started: {reason.Message}", reason);

/// <summary>
/// Runs a developer's tool. The tool can neither prompt, nor print more than is kept, nor outlive the wait: on
/// cancellation it is ended together with everything that it has started.
/// </summary>
internal static class ToolProcess
{
    /// <summary>
    /// For output that is still on its way when the tool exits. A child may hold the pipe open for good.
    /// </summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(1);

    /// <summary>For a killed process to exit.</summary>
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// setsid makes the tool, in the same process, the leader of a session and so of a process group, whose id is then
    /// the process id, and which its children belong to. macOS has no such program.
    /// </summary>
    private static readonly string? SetSid =
        ToolPath.IsWindows ? null : new[] { "/usr/bin/setsid", "/bin/setsid" }.FirstOrDefault(File.Exists);

    /// <summary>Whether each tool leads a process group of its own.</summary>
    public static bool LeadsGroup => SetSid is not null;

    /// <exception cref="ToolStartException">The tool could not be started.</exception>
    /// <exception cref="OperationCanceledException">It was canceled; the tool and its children are gone.</exception>
    public static async Task<ToolOutput> RunAsync(ToolCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = new Process { StartInfo = StartInfo(command), EnableRaisingEvents = true };
        var exit = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => exit.TrySetResult(true);
        Start(process, command.Program);

        using var tree = new ProcessTree(process);
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
            await WaitAsync(drained, DrainTimeout, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            tree.Release();
            return new ToolOutput(process.ExitCode, standardOutput.Text, standardError.Text);
        }
        catch (OperationCanceledException)
        {
            tree.Kill();
            await WaitAsync(Task.WhenAll(exit.Task, drained), KillTimeout, CancellationToken.None)
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

    private static void Start(Process process, string program)
    {
        try
        {
            process.Start();
        }
        catch (Exception exception) when (exception is Win32Exception or FileNotFoundException)
        {
            throw new ToolStartException(program, exception);
        }

        try
        {
            // A tool that prompts reads the end of the file.
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has exited already.
        }
    }

    private static ProcessStartInfo StartInfo(ToolCommand command)
    {
        if (!ToolPath.IsFull(command.Program))
            throw new ArgumentException("A tool is started by its full path.", nameof(command));

        (string program, string arguments) = Resolve(command.Program, ToolArgument.Line(command.Arguments));
        var info = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // Not the current folder: a tool may load what it finds there.
            WorkingDirectory = ToolPath.IsWindows ? Environment.SystemDirectory : "/",
        };

        foreach (KeyValuePair<string, string?> variable in command.Environment ?? new Dictionary<string, string?>())
        {
            if (variable.Value is null)
                info.Environment.Remove(variable.Key);
            else
                info.Environment[variable.Key] = variable.Value;
        }

        return info;
    }

    private static (string Program, string Arguments) Resolve(string program, string arguments)
    {
        string line = $"\"{program}\" {arguments}";
        if (SetSid is not null)
            return (SetSid, line);

        // A batch file needs cmd.exe: /d without AutoRun, /v:off without delayed expansion; with /s it removes the
        // outer quotes and no others.
        return ToolPath.IsWindows && !program.EndsWith(".exe", StringComparison.OrdinalIgnoreCase)
            ? (Path.Combine(Environment.SystemDirectory, "cmd.exe"), $"/d /v:off /s /c \"{line}\"")
            : (program, arguments);
    }

    /// <summary>Waits for the task, but no longer than that; never throws.</summary>
    private static async Task WaitAsync(Task task, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(task, Task.Delay(timeout, timer.Token)).ConfigureAwait(false);
        timer.Cancel();
    }

    /// <summary>
    /// Reads of a pipe are synchronous on Windows: a thread would stay in one for as long as a child of the tool holds
    /// the other end.
    /// </summary>
    private static void CancelRead(Stream stream)
    {
        if (ToolPath.IsWindows && stream is FileStream file)
            CancelIoEx(file.SafeFileHandle, IntPtr.Zero);
    }

    [DllImport("kernel32.dll", ExactSpelling = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool CancelIoEx(SafeHandle handle, IntPtr overlapped);
}
