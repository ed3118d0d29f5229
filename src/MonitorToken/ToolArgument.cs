using System.Text.RegularExpressions;

namespace MonitorToken;

/// <summary>
/// What may stand on a tool's command line. On Windows most tools are batch files, so the line is read by cmd.exe,
/// and then again inside the file: there is no quoting that holds everywhere, and so only characters that need none
/// are let through, on every system alike.
/// </summary>
internal static class ToolArgument
{
    /// <summary>Nothing in here means anything to a shell, quoted or not.</summary>
    private static readonly Regex Bare = new(@"^[A-Za-z0-9._:/~@+-]+\z", RegexOptions.CultureInvariant);

    /// <summary>Nothing in here means anything to a shell between double quotes.</summary>
    private static readonly Regex Quotable = new(@"^[A-Za-z0-9._:/~@+=,() -]+\z", RegexOptions.CultureInvariant);

    /// <summary>Whether it can stand on a command line.</summary>
    public static bool IsSafe(string argument) => Quotable.IsMatch(argument);

    /// <summary>
    /// Whether it can be an option's value: what begins with a dash would be an option itself, and with an at sign
    /// the Azure CLI takes it for the name of a file.
    /// </summary>
    public static bool IsValue(string argument) =>
        IsSafe(argument) && argument[0] is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= '0' and <= '9');

    /// <summary>The arguments as one line, which cmd.exe, the C runtime and .NET on Unix take apart alike.</summary>
    /// <exception cref="ArgumentException">One of them is not safe.</exception>
    public static string Line(IEnumerable<string> arguments) =>
        string.Join(" ", arguments.Select(argument =>
            Bare.IsMatch(argument) ? argument
            : IsSafe(argument) ? $"\"{argument}\""
            : throw new ArgumentException("An argument has characters in it that no command line may have.")));
}
