using System.Runtime.InteropServices;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// Finds a tool on PATH, never in the current folder: anybody who can write there could have a program run.
/// </summary>
internal static class ToolPath
{
    /// <summary>In the order in which cmd.exe tries them.</summary>
    private static readonly string[] WindowsExtensions = [".exe", ".bat", ".cmd"];

    /// <summary>X_OK of unistd.h.</summary>
    private const int MayExecute = 1;

    public static bool IsWindows { get; } = Path.DirectorySeparatorChar == '\\';

    /// <summary>The full path of a program on PATH; null if there is none.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split([Path.PathSeparator], StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => folder.Trim().Trim('"'))
            .Where(IsFull)
            .Select(folder => Combine(folder, name))
            .OfType<string>()
            .SelectMany(WithExtensions)
            .FirstOrDefault(IsProgram);

    /// <summary>Whether a path means the same whatever the current folder or drive is.</summary>
    public static bool IsFull(string path) =>
        IsWindows
            ? path.StartsWith(@"\\", StringComparison.Ordinal)
                || (path.Length > 2 && path[1] == ':' && path[2] is '\\' or '/')
            : path.Length > 0 && path[0] == '/';

    /// <summary>Null for a folder that no path can have: .NET Framework throws for some characters.</summary>
    public static string? Combine(string folder, string name)
    {
        try
        {
            return Path.Combine(folder, name);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static IEnumerable<string> WithExtensions(string path) =>
        IsWindows ? WindowsExtensions.Select(extension => path + extension) : [path];

    /// <summary>
    /// The path is quoted on a command line, so one with a character that would end or change the quotes is skipped.
    /// </summary>
    private static bool IsProgram(string path) =>
        path.IndexOfAny(IsWindows ? ['"', '%'] : ['"', '\\']) < 0
        && File.Exists(path)
        && (IsWindows || Access(path, MayExecute) == 0);

    [DllImport("libc", EntryPoint = "access", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Access(string path, int mode);
}
