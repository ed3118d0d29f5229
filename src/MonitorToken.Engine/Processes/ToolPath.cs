using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// Finds tools on PATH, but never in the current folder, where other users may be able to place a program.
/// </summary>
internal static class ToolPath
{
    /// <summary>X_OK of unistd.h.</summary>
    private const int ExecuteAccess = 1;

    [SupportedOSPlatformGuard("windows")]
    public static bool IsWindows { get; } = Path.DirectorySeparatorChar == '\\';

    /// <summary>The file extensions of programs, in the order of cmd.exe.</summary>
    private static readonly string[] Extensions = IsWindows ? [".exe", ".bat", ".cmd"] : [string.Empty];

    /// <summary>Returns the full path of a program on PATH; null if there is none.</summary>
    public static string? Find(string name) =>
        Candidates(name).FirstOrDefault(path => FindUnquotable(path, IsWindows) is null && IsProgram(path));

    /// <summary>
    /// Returns a program on PATH that cannot be started, with the character in its path that no command line can pass
    /// on; null if there is none.
    /// </summary>
    public static (string Path, char Character)? FindUnusable(string name)
    {
        foreach (string path in Candidates(name))
        {
            if (FindUnquotable(path, IsWindows) is { } character && IsProgram(path))
                return (path, character);
        }

        return null;
    }

    /// <summary>Whether a path does not depend on the current folder or drive.</summary>
    public static bool IsFull(string path) =>
        IsWindows
            ? path.StartsWith(@"\\", StringComparison.Ordinal)
                || (path.Length > 2 && path[1] == ':' && path[2] is '\\' or '/')
            : path.Length > 0 && path[0] == '/';

    /// <summary>Combines two paths without validation: Path.Combine of .NET Framework throws.</summary>
    public static string Combine(string folder, string name) =>
        folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar + name;

    /// <summary>Whether there is a program with this path, and it can be on a command line.</summary>
    public static bool IsUsable(string path) =>
        IsFull(path) && FindUnquotable(path, IsWindows) is null && IsProgram(path);

    /// <summary>
    /// Returns the folders of a PATH. On Windows, a folder may be in quotes, between which a semicolon is part of its
    /// name; and cmd.exe starts nothing from a path with the prefix <c>\\?\</c>, so that is left out.
    /// </summary>
    internal static IEnumerable<string> Folders(string path, bool isWindows) =>
        isWindows
            ? SplitOutsideQuotes(path).Select(WithoutLengthPrefix)
            : path.Split([':'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Returns the first character of a path that cannot be quoted on a command line; null for none.</summary>
    /// <param name="path">The path of a program.</param>
    /// <param name="isWindows">Whether the command line is one of Windows, where cmd.exe runs a batch file.</param>
    internal static char? FindUnquotable(string path, bool isWindows)
    {
        char[] unquotable = !isWindows ? ['"', '\\'] : IsImageName(path) ? ['"'] : ['"', '%'];
        return path.IndexOfAny(unquotable) is >= 0 and int index ? path[index] : null;
    }

    /// <summary>
    /// Whether a file begins as the programs of Windows do. One that cannot be opened counts as a program: an alias of
    /// the Microsoft Store has no content.
    /// </summary>
    internal static bool IsImage(string path)
    {
        try
        {
            using var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return file.ReadByte() == 'M' && file.ReadByte() == 'Z';
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static IEnumerable<string> Candidates(string name) =>
        Folders(Environment.GetEnvironmentVariable("PATH") ?? string.Empty, IsWindows)
            .Where(IsFull)
            .SelectMany(folder => Extensions, (folder, extension) => Combine(folder, name + extension));

    private static IEnumerable<string> SplitOutsideQuotes(string path)
    {
        var folder = new StringBuilder();
        bool isQuoted = false;
        foreach (char character in path + ';')
        {
            if (character == '"')
                isQuoted = !isQuoted;
            else if (character != ';' || isQuoted)
                folder.Append(character);
            else
            {
                yield return folder.ToString().Trim();
                folder.Clear();
            }
        }

        // A quote that is not closed quotes the rest.
        if (isQuoted)
            yield return folder.ToString().TrimEnd(';').Trim();
    }

    private static string WithoutLengthPrefix(string folder)
    {
        const string Prefix = @"\\?\";
        const string Share = Prefix + @"UNC\";
        return folder.StartsWith(Share, StringComparison.OrdinalIgnoreCase) ? folder.Remove(2, Share.Length - 2)
            : folder.StartsWith(Prefix, StringComparison.Ordinal) ? folder.Substring(Prefix.Length)
            : folder;
    }

    private static bool IsImageName(string path) => path.EndsWith(".exe", StringComparison.OrdinalIgnoreCase);

    private static bool IsProgram(string path) =>
        File.Exists(path)
        && (IsWindows ? !IsImageName(path) || IsImage(path) : Access(path, ExecuteAccess) == 0);

    [DllImport("libc", EntryPoint = "access", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Access(string path, int mode);
}
