using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// Runs a tool of the developer's. Whatever it does, it cannot keep us: it cannot ask anything, it cannot print more
/// than we take, and when nobody waits any more it is ended together with everything that it has started.
/// </summary>
internal static class ToolProcess
{
    /// <summary>For the rest of the output, once the tool has ended; another may hold the pipe open for good.</summary>
    private static readonly TimeSpan ForTheRest = TimeSpan.FromSeconds(1);

    /// <summary>For a process that was ended to be gone.</summary>
    private static readonly TimeSpan ForTheEnd = TimeSpan.FromSeconds(1);

    /// <exception cref="ToolStartException">It could not be started.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more; nothing of it is left.</exception>
    internal static async Task<ToolOutput> RunAsync(ToolCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = new Process { StartInfo = ToolStart.Of(command), EnableRaisingEvents = true };
        var exit = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => exit.TrySetResult(true);
        Start(process, command.Program);

        using var family = new ProcessTree(process);
        using Stream output = process.StandardOutput.BaseStream;
        using Stream error = process.StandardError.BaseStream;
        using var enough = new CancellationTokenSource();
        var standardOutput = new BoundedOutput(output);
        var standardError = new BoundedOutput(error);
        Task drained = Task.WhenAll(standardOutput.DrainAsync(enough.Token), standardError.DrainAsync(enough.Token));
        try
        {
            await exit.Task.UnlessCanceled(cancellationToken).ConfigureAwait(false);
            await Within(ForTheRest, drained, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            family.Release();
            return new ToolOutput(process.ExitCode, standardOutput.Text, standardError.Text);
        }
        catch (OperationCanceledException)
        {
            family.End();
            await Within(ForTheEnd, Task.WhenAll(exit.Task, drained), CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (!drained.IsCompleted)
            {
                enough.Cancel();
                StopReading(output);
                StopReading(error);
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
            // A tool that asks something gets the end of the file for an answer.
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }
    }

    private static async Task Within(TimeSpan time, Task task, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(task, Task.Delay(time, over.Token)).ConfigureAwait(false);
        over.Cancel();
    }

    /// <summary>On Windows a thread of ours would sit in the read while somebody holds the other end.</summary>
    private static void StopReading(Stream stream)
    {
        if (ToolPath.IsWindows && stream is FileStream file)
            CancelIoEx(file.SafeFileHandle, IntPtr.Zero);
    }

    [DllImport("kernel32.dll", ExactSpelling = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool CancelIoEx(SafeHandle handle, IntPtr overlapped);
}
