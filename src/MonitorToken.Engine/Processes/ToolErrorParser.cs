using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// The readable lines of a tool's output: without colors, tracebacks, JSON, secrets and Python objects.
/// </summary>
/// <param name="lines">The trimmed lines. Empty lines separate messages.</param>
/// <param name="causes">
/// The exceptions at the end of each traceback, in order. The error may repeat only the last one.
/// </param>
internal sealed class ToolErrorParser(List<string> lines, List<string> causes)
{
    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    /// <summary>The maximum number of lines in a message if no line is marked as an error.</summary>
    private const int MaxMessageLines = 3;

    /// <summary>
    /// The number of characters at the end that are read, which keeps the regular expressions fast.
    /// </summary>
    private const int MaxLength = 16 * 1024;

    /// <summary>The maximum number of lines to parse as JSON: a line that is not JSON costs an exception.</summary>
    private const int MaxObjects = 1000;

    /// <summary>Escape sequences of a terminal, and other control characters except tabs and line breaks.</summary>
    private static readonly Regex Control = new(
        @"\x1B(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(\x07|\x1B\\)?|[@-Z\\^_])"
            + @"|[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u2028\u2029]");

    private static readonly Regex SecretInJson =
        new(@"(""\w*(token|secret|password|assertion|credential)\w*""\s*:\s*"")[^""]*", AnyCase);

    private static readonly Regex SecretInForm =
        new(@"\b((access|refresh|id)_token|client_secret|(client_)?assertion|password)=[^\s&""']+", AnyCase);

    private static readonly Regex JsonStart = new(@"^[ \t]*\{", RegexOptions.Multiline);

    private static readonly Regex ErrorPrefix = new(@"^([\w.-]+: )?(error|fatal|critical):\s*", AnyCase);
    private static readonly Regex WarningPrefix =
        new(@"^(warning|info|debug|verbose)\s*:|^\S+:\d+: \w*Warning: ", AnyCase);

    private static readonly Regex ExceptionPrefix =
        new(@"^[\w.]*(Error|Exception): (?=\S)", RegexOptions.CultureInvariant);

    /// <summary>Rest of JSON, what the Azure CLI adds to an error, and the stack trace of a .NET program.</summary>
    private static readonly Regex Noise =
        new(
            @"^([{}\[\]]+,?$|\{|""[^""]*""\s*:)"
                + @"|Here is the traceback:$|^To (open an?( new)? issue|check existing issues), please (run|visit):? "
                + "|^(During|The above) .* exception.*:$"
                + @"|^Unhandled exception[.:]|^at [\w.<>`+\[\],]+\(.*\)( in .*)?$|^--- End of .* ---$",
            AnyCase);

    /// <summary>Python's repr of an object, such as &lt;urllib3.HTTPSConnection object at 0x7f…&gt;.</summary>
    private static readonly Regex PythonObject = new(@"<[\w.]+( \w+)* object at 0x[0-9a-f]+>(, )?", AnyCase);

    public IReadOnlyList<string> Lines { get; } = lines;

    public IReadOnlyList<string> Causes { get; } = causes;

    /// <summary>The last message that is not a warning; otherwise the last line; otherwise empty.</summary>
    public string Message { get; } = FindMessage(lines);

    /// <summary>Whether any line is not a warning.</summary>
    public bool HasError => Lines.Any(IsMessage);

    /// <summary>Whether an output contains any text, readable or not.</summary>
    public static bool HasText(string output) =>
        output.Length > MaxLength || Control.Replace(output, string.Empty).Any(char.IsLetterOrDigit);

    public static ToolErrorParser Parse(string output)
    {
        string text = PythonObject.Replace(Mask(Control.Replace(LastPart(output), string.Empty)), string.Empty);
        var lines = new List<string>();
        var causes = new List<string>();
        bool isTraceback = false;
        foreach (string raw in Regex.Split(ReplaceJson(text), "\r\n|\n|\r"))
        {
            string line = raw.Trim();
            if (line.StartsWith("Traceback (most recent call last)", StringComparison.Ordinal))
            {
                isTraceback = true;
            }
            else if (isTraceback)
            {
                // Stack frames are indented. The first line that is not is the exception, which the error may repeat.
                isTraceback = line.Length == 0 || char.IsWhiteSpace(raw[0]);
                if (isTraceback)
                    continue;

                causes.Add(ExceptionPrefix.Replace(line, string.Empty));
                if (!lines.Any(ErrorPrefix.IsMatch))
                    lines.Add(causes[causes.Count - 1]);
            }
            else if (line.Length == 0 || (line.Any(char.IsLetterOrDigit) && !Noise.IsMatch(line)))
            {
                lines.Add(line);
            }
        }

        return new ToolErrorParser(lines, causes);
    }

    private static bool IsMessage(string line) => line.Length > 0 && !WarningPrefix.IsMatch(line);

    /// <summary>Returns whole lines, because a secret is recognized by the name in front of it.</summary>
    private static string LastPart(string output)
    {
        if (output.Length <= MaxLength)
            return output;

        string end = output.Substring(output.Length - MaxLength);
        int line = end.IndexOfAny(['\r', '\n']);
        return line < 0 ? string.Empty : end.Substring(line);
    }

    private static string Mask(string text) =>
        SecretInForm.Replace(SecretInJson.Replace(Secret.Mask(text), "$1(a secret)"), "$1=(a secret)");

    /// <summary>
    /// Replaces each JSON object at the beginning of a line with its message. The Azure Developer CLI prints all its
    /// messages as such objects, on one line or several.
    /// </summary>
    private static string ReplaceJson(string text)
    {
        var plain = new StringBuilder();
        int start = 0;
        foreach (Match line in JsonStart.Matches(text).Cast<Match>().Take(MaxObjects))
        {
            if (line.Index < start)
                continue;

            int brace = line.Index + line.Length - 1;
            (JsonElement? element, int length) = EmbeddedJson.At(text, brace);
            if (element is not { } entry || MessageOf(entry) is not { } message)
                continue;

            plain.Append(text, start, line.Index - start).AppendLine(Mask(message));
            start = brace + length;
        }

        return plain.Append(text, start, text.Length - start).ToString();
    }

    private static string? MessageOf(JsonElement entry) =>
        (EmbeddedJson.Property(entry, "data") is { } data ? EmbeddedJson.Text(data, "message") : null)
            ?? EmbeddedJson.Text(entry, "error")
            ?? EmbeddedJson.Text(entry, "message");

    private static string FindMessage(List<string> lines)
    {
        int start = lines.FindLastIndex(ErrorPrefix.IsMatch);
        if (start >= 0)
        {
            while (start > 0 && ErrorPrefix.IsMatch(lines[start - 1]))
                start--;

            return string.Join(
                " ", lines.Skip(start).TakeWhile(IsMessage).Select(line => ErrorPrefix.Replace(line, string.Empty)));
        }

        int end = lines.FindLastIndex(IsMessage);
        if (end < 0)
            return lines.FindLast(line => line.Length > 0) ?? string.Empty;

        return string.Join(" ", lines.Take(end + 1).Reverse().TakeWhile(IsMessage).Take(MaxMessageLines).Reverse());
    }
}
