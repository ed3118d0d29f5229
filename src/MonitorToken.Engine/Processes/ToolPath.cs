using System.Runtime.InteropServices;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// Finds tools on PATH, but never in the current folder, where other users may be able to place a program.
/// </summary>
internal static class ToolPath
{
    /// <summary>X_OK of unistd.h.</summary>
    private const int ExecuteAccess = 1;

    public static bool IsWindows { get; } = Path.DirectorySeparatorChar == '\\';

    /// <summary>The file extensions of programs, in the order of cmd.exe.</summary>
    private static readonly string[] Extensions = IsWindows ? [".exe", ".bat", ".cmd"] : [string.Empty];

    /// <summary>Returns the full path of a program on PATH; null if there is none.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split([Path.PathSeparator], StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => folder.Trim().Trim('"'))
            .Where(IsFull)
            .SelectMany(folder => Extensions, (folder, extension) => Combine(folder, name + extension))
            .FirstOrDefault(IsProgram);

    /// <summary>Whether a path does not depend on the current folder or drive.</summary>
    public static bool IsFull(string path) =>
        IsWindows
            ? path.StartsWith(@"\\", StringComparison.Ordinal)
                || (path.Length > 2 && path[1] == ':' && path[2] is '\\' or '/')
            : path.Length > 0 && path[0] == '/';

    /// <summary>Combines two paths without validation: Path.Combine of .NET Framework throws.</summary>
    public static string Combine(string folder, string name) =>
        folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar + name;

    /// <summary>
    /// Whether a path is that of a program. Skips paths with characters that cannot be quoted on a command line.
    /// </summary>
    private static bool IsProgram(string path) =>
        path.IndexOfAny(IsWindows ? ['"', '%'] : ['"', '\\']) < 0
        && File.Exists(path)
        && (IsWindows || Access(path, ExecuteAccess) == 0);

    [DllImport("libc", EntryPoint = "access", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Access(string path, int mode);
}
