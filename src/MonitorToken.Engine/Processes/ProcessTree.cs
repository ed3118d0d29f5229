using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// A tool and everything that it starts, so that all of it can be ended together. What escapes is only what has both
/// lost its parent and left the group on purpose, as a daemon does.
/// </summary>
internal sealed class ProcessTree : IDisposable
{
    private const int Kill = 9;

    /// <summary>Those that end with this process: away from Windows the system does not see to it.</summary>
    private static readonly ConcurrentDictionary<ProcessTree, bool> Running = new();

    private readonly Process _process;
    private readonly int _id;
    private readonly WindowsJob? _job;

    static ProcessTree() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (ProcessTree family in Running.Keys)
            family.End();
    };

    /// <param name="process">Just started.</param>
    public ProcessTree(Process process)
    {
        _process = process;
        _id = process.Id;
        _job = ToolPath.IsWindows ? WindowsJob.TryCreate(process) : null;
        Running.TryAdd(this, true);
    }

    /// <summary>Ends all of it at once, also what the tool has left in the background before it ended itself.</summary>
    public void End()
    {
        EndTree();
        _job?.End();

        // The id stays the group's for as long as there is anybody in it. Zero and one would mean somebody else.
        if (ToolStart.LeadsGroup && _id > 1)
            _ = SendSignal(-_id, Kill);
    }

    /// <summary>The tool has done its work: what it leaves behind, such as an upload of telemetry, may go on.</summary>
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

    /// <summary>By parentage, which also reaches children that have left the group.</summary>
    private void EndTree()
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
            // It has ended by itself meanwhile.
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int id, int signal);
}
