using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// A process and everything that it starts, to kill all of it together. Only what has lost its parent and left the
/// process group on purpose, as a daemon does, escapes.
/// </summary>
internal sealed class ProcessTree : IDisposable
{
    private const int SigKill = 9;

    /// <summary>To be killed when this process exits. Windows sees to it by the job; other systems do not.</summary>
    private static readonly ConcurrentDictionary<ProcessTree, bool> Running = new();

    private readonly Process _process;
    private readonly int _id;
    private readonly WindowsJob? _job;

    static ProcessTree() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (ProcessTree tree in Running.Keys)
            tree.Kill();
    };

    /// <param name="process">Just started.</param>
    public ProcessTree(Process process)
    {
        _process = process;
        _id = process.Id;
        _job = ToolPath.IsWindows ? WindowsJob.TryCreate(process) : null;
        Running.TryAdd(this, true);
    }

    /// <summary>Kills all of it, also what the process has left in the background before it exited.</summary>
    public void Kill()
    {
        KillByParent();
        _job?.Terminate();

        // The id stays that of the group for as long as the group has members. kill(2) takes 0 and -1 for others.
        if (ToolProcess.LeadsGroup && _id > 1)
            _ = SendSignal(-_id, SigKill);
    }

    /// <summary>
    /// The tool is done: what it leaves in the background, such as an upload of telemetry, may go on.
    /// </summary>
    public void Release()
    {
        Running.TryRemove(this, out _);
        _job?.Release();
    }

    public void Dispose()
    {
        Running.TryRemove(this, out _);
        _job?.Dispose();
    }

    /// <summary>Reaches children that have left the group too.</summary>
    private void KillByParent()
    {
        try
        {
#if NET
            _process.Kill(entireProcessTree: true);
#else
            _process.Kill();
#endif
        }
        catch (Exception exception) when (
            exception is InvalidOperationException or Win32Exception or AggregateException or NotSupportedException)
        {
            // It has exited meanwhile.
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int id, int signal);
}
