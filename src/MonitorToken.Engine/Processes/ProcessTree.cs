using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// A process with its descendants, to kill them together. On Unix, only a descendant that has lost its parent and left
/// the process group, as a daemon does, escapes; and without a <see cref="ToolSession"/>, one that has lost its parent.
/// </summary>
internal sealed class ProcessTree : IDisposable
{
    private const int SigKill = 9;

    /// <summary>The trees to kill when this process exits. On Windows, the job object does that too.</summary>
    private static readonly ConcurrentDictionary<ProcessTree, bool> Running = new();

    private readonly Process _process;
    private readonly int _id;
    private readonly WindowsJob? _job;

    static ProcessTree() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (ProcessTree tree in Running.Keys)
            tree.Kill();
    };

    private ProcessTree(Process process, WindowsJob? job)
    {
        (_process, _id, _job) = (process, process.Id, job);
        Running.TryAdd(this, true);
    }

    /// <summary>Starts a process.</summary>
    /// <exception cref="Win32Exception">It could not be started.</exception>
    public static ProcessTree Start(Process process)
    {
        // Before the process, which must be in the job before it starts others: they are in the job of their parent.
        WindowsJob? job = ToolPath.IsWindows ? WindowsJob.TryCreate() : null;
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            job?.Dispose();
            throw;
        }

        if (ToolPath.IsWindows && job?.TryAdd(process) == false)
        {
            job.Dispose();
            job = null;
        }

        return new ProcessTree(process, job);
    }

    /// <summary>Kills the process and its descendants, including those that outlived the process.</summary>
    public void Kill()
    {
        try
        {
            // Also reaches children that have left the process group.
#if NET
            _process.Kill(entireProcessTree: true);
#else
            _process.Kill();
#endif
        }
        catch (Exception exception) when (
            exception is InvalidOperationException or Win32Exception or AggregateException or NotSupportedException)
        {
            // The process has already exited.
        }

        _job?.Dispose();

        // A group keeps its id until its last member exits. To kill(2), 0 and -1 mean other processes.
        if (ToolSession.Current is not null && _id > 1)
            _ = SendSignal(-_id, SigKill);
    }

    /// <summary>Lets background processes, such as an upload of telemetry, continue.</summary>
    public void Release()
    {
        Running.TryRemove(this, out _);
        if (ToolPath.IsWindows)
            _job?.Release();
    }

    public void Dispose()
    {
        Running.TryRemove(this, out _);
        _job?.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int id, int signal);
}
