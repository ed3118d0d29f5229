using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// A Windows job object: a process with its descendants, even after it has exited. When this process exits, for any
/// reason, Windows terminates the processes in the job.
/// </summary>
internal sealed class WindowsJob : IDisposable
{
    /// <summary>JobObjectExtendedLimitInformation, of JOBOBJECTINFOCLASS in winnt.h.</summary>
    private const int ExtendedLimitInformation = 9;

    /// <summary>The high byte of JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, 0x2000.</summary>
    private const byte KillOnJobClose = 0x20;

    private readonly SafeWaitHandle _handle;

    private WindowsJob(SafeWaitHandle handle) => _handle = handle;

    /// <summary>
    /// Returns a JOBOBJECT_EXTENDED_LIMIT_INFORMATION that is zero except for LimitFlags, at offset 16. Its size is 144
    /// bytes in a 64-bit process and 112 in a 32-bit one.
    /// </summary>
    internal static byte[] Limits(bool killOnClose)
    {
        byte[] limits = new byte[IntPtr.Size == 8 ? 144 : 112];
        limits[17] = killOnClose ? KillOnJobClose : (byte)0;
        return limits;
    }

    /// <summary>Creates a job; null if Windows refuses, so that descendants may escape.</summary>
    [SupportedOSPlatform("windows")]
    public static WindowsJob? TryCreate()
    {
        var job = new WindowsJob(CreateJobObject(IntPtr.Zero, null));
        if (!job._handle.IsInvalid && job.Set(killOnClose: true))
            return job;

        job.Dispose();
        return null;
    }

    /// <summary>
    /// Puts a process into the job; false if Windows refuses, as it does before Windows 8 if this process is in a job.
    /// </summary>
    [SupportedOSPlatform("windows")]
    public bool TryAdd(Process process)
    {
        try
        {
            return AssignProcessToJobObject(_handle, process.SafeHandle);
        }
        catch (InvalidOperationException)
        {
            // The process has already exited.
            return false;
        }
    }

    /// <summary>Lets the processes continue after <see cref="Dispose"/>.</summary>
    [SupportedOSPlatform("windows")]
    public void Release()
    {
        try
        {
            Set(killOnClose: false);
        }
        catch (ObjectDisposedException)
        {
            // This process is exiting, and has terminated the processes.
        }
    }

    /// <summary>Terminates the processes in the job, unless they were released.</summary>
    public void Dispose() => _handle.Dispose();

    [SupportedOSPlatform("windows")]
    private bool Set(bool killOnClose)
    {
        byte[] limits = Limits(killOnClose);
        return SetInformationJobObject(_handle, ExtendedLimitInformation, limits, limits.Length);
    }

    [SupportedOSPlatform("windows")]
    [DllImport("kernel32.dll", EntryPoint = "CreateJobObjectW", CharSet = CharSet.Unicode, ExactSpelling = true)]
    private static extern SafeWaitHandle CreateJobObject(IntPtr attributes, string? name);

    [SupportedOSPlatform("windows")]
    [DllImport("kernel32.dll", ExactSpelling = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool SetInformationJobObject(SafeWaitHandle job, int kind, byte[] information, int length);

    [SupportedOSPlatform("windows")]
    [DllImport("kernel32.dll", ExactSpelling = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool AssignProcessToJobObject(SafeWaitHandle job, SafeProcessHandle process);
}
