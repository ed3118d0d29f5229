using System.Runtime.InteropServices;
using System.Text;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// What a file system says of a file without opening it: enough to tell whether its content can have changed since it
/// was read. Links are followed.
/// </summary>
/// <param name="Length">In bytes; -1 where there is no file.</param>
/// <param name="Changed">
/// The latest change, in ticks of UTC: of content or metadata on Linux, where no program can set it back; of content
/// elsewhere.
/// </param>
/// <param name="Identity">Of the file behind links and renames: its inode on Linux, its creation elsewhere.</param>
internal readonly record struct FileStamp(long Length, long Changed, ulong Identity)
{
    /// <summary>
    /// The coarsest unit in which a file system dates its files (FAT: two seconds). A file that was changed less than
    /// this ago may be changed again without another date.
    /// </summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(2);

    private const int AtCurrentFolder = -100;
    private const uint BasicStats = 0x7ff;
    private const int StatxSize = 256;
    private const int NoSuchFile = 2;
    private const int NotAFolder = 20;

    private static bool _hasStatx = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    /// <summary>Whether a later change of the file is certain to change this too.</summary>
    public bool IsConclusive => DateTime.UtcNow.Ticks - Changed > Resolution.Ticks;

    /// <summary>Where there is no file.</summary>
    private static FileStamp Absent => new(-1, 0, 0);

    /// <summary>Where the file system does not say enough: only the content can tell.</summary>
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
    /// .NET knows neither the inode nor the time of the last change of metadata. The structure is the same on all
    /// architectures (man 2 statx).
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
