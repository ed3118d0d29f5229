using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// A job object: Windows knows by it what a process has started, whoever of them is still alive. It ends with this
/// process too, however that ends.
/// </summary>
internal sealed class WindowsJob : IDisposable
{
    private const int ExtendedLimitInformation = 9;
    private const byte KillOnJobClose = 0x20;

    private readonly SafeWaitHandle _handle;

    private WindowsJob(SafeWaitHandle handle) => _handle = handle;

    /// <summary>
    /// JOBOBJECT_EXTENDED_LIMIT_INFORMATION, all zero but for the flags: those follow two times of eight bytes each.
    /// </summary>
    internal static byte[] Limits(bool killOnClose)
    {
        byte[] limits = new byte[IntPtr.Size == 8 ? 144 : 112];
        limits[17] = killOnClose ? KillOnJobClose : (byte)0;
        return limits;
    }

    /// <summary>Null where it cannot be had; then what the process starts is known by parentage only.</summary>
    public static WindowsJob? TryCreate(Process process)
    {
        var job = new WindowsJob(CreateJobObject(IntPtr.Zero, null));
        try
        {
            if (!job._handle.IsInvalid
                && job.Set(killOnClose: true)
                && AssignProcessToJobObject(job._handle, process.SafeHandle))
                return job;
        }
        catch (InvalidOperationException)
        {
            // The process has ended meanwhile.
        }

        job.Dispose();
        return null;
    }

    public void End() => TerminateJobObject(_handle, 1);

    /// <summary>Lets go of the processes without ending them.</summary>
    public void Release() => Set(killOnClose: false);

    public void Dispose() => _handle.Dispose();

    private bool Set(bool killOnClose)
    {
        byte[] limits = Limits(killOnClose);
        return SetInformationJobObject(_handle, ExtendedLimitInformation, limits, limits.Length);
    }

    [DllImport("kernel32.dll", EntryPoint = "CreateJobObjectW", CharSet = CharSet.Unicode, ExactSpelling = true)]
    private static extern SafeWaitHandle CreateJobObject(IntPtr attributes, string? name);

    [DllImport("kernel32.dll", ExactSpelling = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool SetInformationJobObject(SafeWaitHandle job, int kind, byte[] information, int length);

    [DllImport("kernel32.dll", ExactSpelling = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool AssignProcessToJobObject(SafeWaitHandle job, SafeProcessHandle process);

    [DllImport("kernel32.dll", ExactSpelling = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool TerminateJobObject(SafeWaitHandle job, int exitCode);
}
