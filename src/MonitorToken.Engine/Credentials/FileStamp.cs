using System.Runtime.InteropServices;
using System.Text;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// The metadata of a file by which a change of its content is detected without opening it. Links are followed.
/// </summary>
/// <param name="Length">In bytes; -1 if the file doesn't exist.</param>
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

    /// <summary>The size of struct statx and the offsets in it, which are the same on all architectures.</summary>
    internal const int StatxSize = 256;
    internal const int StatxMode = 28;
    internal const int StatxInode = 32;
    internal const int StatxFileSize = 40;
    internal const int StatxChangeTime = 96;

    /// <summary>S_IFMT, S_IFCHR and S_IFBLK of inode(7).</summary>
    private const int KindOfFile = 0xF000;
    private const int CharacterDevice = 0x2000;
    private const int BlockDevice = 0x6000;

    private const int NoSuchFile = 2;
    private const int NotAFolder = 20;

    private static bool _hasStatx = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    /// <summary>Whether every later change of the file also changes this stamp.</summary>
    public bool IsConclusive => DateTime.UtcNow.Ticks - Changed > Resolution.Ticks;

    /// <summary>The stamp if the file doesn't exist.</summary>
    private static FileStamp Absent => new(-1, 0, 0);

    /// <summary>The stamp if the metadata cannot be read: the file must be read each time.</summary>
    private static FileStamp Unknown => new(-1, long.MaxValue, 0);

    public static FileStamp Of(string path)
    {
        if (TryStat(path, out byte[] stat) is { } error)
            // A sandbox may forbid this call and allow open.
            return error == 0 ? FromStatx(stat) : error is NoSuchFile or NotAFolder ? Absent : Unknown;

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
    /// Whether a path is that of a device, which has no content: reading it waits for a keyboard or a cable, or never
    /// ends. Unknown on macOS.
    /// </summary>
    public static bool IsDevice(string path) =>
        ToolPath.IsWindows
            ? IsWindowsDevice(FileSnapshot.FullPath(path))
            : TryStat(path, out byte[] stat) == 0
                && (BitConverter.ToUInt16(stat, StatxMode) & KindOfFile) is CharacterDevice or BlockDevice;

    /// <summary>
    /// Whether a full path is that of a device itself: Windows changes the name of one, such as CON, to
    /// <c>\\.\CON</c>. With a path on a device, more follows, such as <c>\\.\C:\file</c>.
    /// </summary>
    internal static bool IsWindowsDevice(string fullPath) =>
        fullPath.StartsWith(@"\\.\", StringComparison.Ordinal) && fullPath.IndexOf('\\', 4) < 0;

    /// <summary>
    /// Reads the metadata of a file; .NET exposes neither the inode nor the change time.
    /// </summary>
    /// <returns>0, or the number of the error; null if this system has no statx(2).</returns>
    private static int? TryStat(string path, out byte[] stat)
    {
        stat = new byte[StatxSize];
        if (!_hasStatx)
            return null;

        try
        {
            return Statx(AtCurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), 0, BasicStats, stat) == 0
                ? 0
                : Marshal.GetLastWin32Error();
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            _hasStatx = false;
            return null;
        }
    }

    private static FileStamp FromStatx(byte[] stat)
    {
        long seconds = BitConverter.ToInt64(stat, StatxChangeTime);
        uint nanoseconds = BitConverter.ToUInt32(stat, StatxChangeTime + sizeof(long));
        return new FileStamp(
            BitConverter.ToInt64(stat, StatxFileSize),
            DateTimeOffset.FromUnixTimeSeconds(seconds).UtcTicks + nanoseconds / 100,
            BitConverter.ToUInt64(stat, StatxInode));
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int Statx(int folder, byte[] path, int flags, uint mask, [Out] byte[] stat);
}
