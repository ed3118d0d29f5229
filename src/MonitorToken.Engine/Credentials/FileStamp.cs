using System.Runtime.InteropServices;
using System.Text;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// The metadata of a file by which a change of its content is detected without opening it. Links are followed.
/// </summary>
/// <param name="Length">In bytes; -1 if there is no file.</param>
/// <param name="Changed">
/// The last change, in UTC ticks: on Linux the change time, which no program can set; elsewhere the write time.
/// </param>
/// <param name="Identity">
/// Distinguishes files of the same path: the inode on Linux, the creation time elsewhere.
/// </param>
internal readonly record struct FileStamp(long Length, long Changed, ulong Identity)
{
    /// <summary>
    /// The coarsest resolution of a file system's times (FAT: two seconds). A file that was changed less than this ago
    /// may change again without a new time.
    /// </summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(2);

    private const int AtCurrentFolder = -100;
    private const uint BasicStats = 0x7ff;
    private const int StatxSize = 256;
    private const int NoSuchFile = 2;
    private const int NotAFolder = 20;

    private static bool _hasStatx = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    /// <summary>Whether every later change of the file also changes this stamp.</summary>
    public bool IsConclusive => DateTime.UtcNow.Ticks - Changed > Resolution.Ticks;

    /// <summary>The stamp if there is no file.</summary>
    private static FileStamp Absent => new(-1, 0, 0);

    /// <summary>The stamp if the metadata cannot be read: the file must be read each time.</summary>
    private static FileStamp Unknown => new(-1, long.MaxValue, 0);

    public static FileStamp Of(string path)
    {
        if (_hasStatx)
        {
            try
            {
                return FromStatx(path);
            }
            catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
            {
                _hasStatx = false;
            }
        }

        try
        {
            var file = new FileInfo(path);
#if NET
            if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
                file = target;
#else
            // .NET Framework does not follow links.
            if (file.Exists && (file.Attributes & FileAttributes.ReparsePoint) != 0)
                return Unknown;
#endif
            return file.Exists
                ? new FileStamp(file.Length, file.LastWriteTimeUtc.Ticks, (ulong)file.CreationTimeUtc.Ticks)
                : Absent;
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Unknown;
        }
    }

    /// <summary>
    /// .NET exposes neither the inode nor the change time. The layout is the same on all architectures (statx(2)).
    /// </summary>
    private static FileStamp FromStatx(string path)
    {
        byte[] stat = new byte[StatxSize];
        if (Statx(AtCurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), 0, BasicStats, stat) != 0)
            // A sandbox may forbid this call and allow open.
            return Marshal.GetLastWin32Error() is NoSuchFile or NotAFolder ? Absent : Unknown;

        long seconds = BitConverter.ToInt64(stat, 96);
        uint nanoseconds = BitConverter.ToUInt32(stat, 104);
        return new FileStamp(
            BitConverter.ToInt64(stat, 40),
            DateTimeOffset.FromUnixTimeSeconds(seconds).UtcTicks + nanoseconds / 100,
            BitConverter.ToUInt64(stat, 32));
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int Statx(int folder, byte[] path, int flags, uint mask, [Out] byte[] stat);
}
