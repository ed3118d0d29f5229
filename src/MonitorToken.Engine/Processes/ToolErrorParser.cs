using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// One of a tool's two outputs as lines for people: without colors, tracebacks, JSON, secrets and Python's objects.
/// </summary>
internal sealed class ToolErrorParser
{
    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    /// <summary>How many lines make a message where no line is marked as an error.</summary>
    private const int MaxMessageLines = 3;

    /// <summary>How many characters at the end are read: no error is longer, and the expressions stay fast.</summary>
    private const int MaxLength = 16 * 1024;

    /// <summary>
    /// How many lines that may begin a JSON object are tried: one that begins none costs an exception.
    /// </summary>
    private const int MaxObjects = 1000;

    private static readonly Regex Escape = new(@"\x1B(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(\x07|\x1B\\)?|[@-Z\\^_])");
    private static readonly Regex Control = new(@"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u2028\u2029]");
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

    private static readonly Regex JsonLine = new(@"^([{}\[\]]+,?$|\{|""[^""]*""\s*:)", RegexOptions.CultureInvariant);

    /// <summary>Lines that the Azure CLI adds to an error, and those of a .NET program that has crashed.</summary>
    private static readonly Regex Boilerplate =
        new(
            @"Here is the traceback:$|^To (open an?( new)? issue|check existing issues), please (run|visit):? "
                + "|^(During|The above) .* exception.*:$"
                + @"|^Unhandled exception[.:]|^at [\w.<>`+\[\],]+\(.*\)( in .*)?$|^--- End of .* ---$",
            AnyCase);

    /// <summary>Python's repr of an object, such as &lt;urllib3.HTTPSConnection object at 0x7f…&gt;.</summary>
    private static readonly Regex PythonObject = new(@"<[\w.]+( \w+)* object at 0x[0-9a-f]+>(, )?", AnyCase);

    private ToolErrorParser(List<string> lines, List<string> causes)
    {
        Lines = lines;
        Causes = causes;
        Message = FindMessage(lines);
    }

    /// <summary>Trimmed. Empty ones separate messages.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>
    /// The exceptions at the end of each traceback, in order: the error may repeat only the last one.
    /// </summary>
    public IReadOnlyList<string> Causes { get; }

    /// <summary>The last message that is no warning; if there is none, the last line; else empty.</summary>
    public string Message { get; }

    /// <summary>Whether there is more than warnings.</summary>
    public bool HasError => Lines.Any(IsMessage);

    /// <summary>Whether there is any text, for people or not.</summary>
    public static bool HasText(string output) =>
        output.Length > MaxLength || RemoveControls(output).Any(char.IsLetterOrDigit);

    public static ToolErrorParser Parse(string output)
    {
        string text = PythonObject.Replace(Mask(RemoveControls(LastPart(output))), string.Empty);
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
                // Frames are indented. The first line that is not is the exception, which an error may have repeated.
                isTraceback = line.Length == 0 || char.IsWhiteSpace(raw[0]);
                if (isTraceback)
                    continue;

                causes.Add(ExceptionPrefix.Replace(line, string.Empty));
                if (!lines.Any(ErrorPrefix.IsMatch))
                    lines.Add(causes[causes.Count - 1]);
            }
            else if (line.Length == 0 || IsForPeople(line))
            {
                lines.Add(line);
            }
        }

        return new ToolErrorParser(lines, causes);
    }

    private static string RemoveControls(string output) =>
        Control.Replace(Escape.Replace(output, string.Empty), string.Empty);

    private static bool IsForPeople(string line) =>
        line.Any(char.IsLetterOrDigit) && !JsonLine.IsMatch(line) && !Boilerplate.IsMatch(line);

    private static bool IsMessage(string line) => line.Length > 0 && !WarningPrefix.IsMatch(line);

    /// <summary>Whole lines: a secret is known by the name before it, so no line may be cut between them.</summary>
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
    /// Replaces each JSON object that begins a line by its message. The Azure Developer CLI prints everything that way,
    /// an object on one line or on several.
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

            return Join(lines.Skip(start).TakeWhile(IsMessage));
        }

        int end = lines.FindLastIndex(IsMessage);
        if (end < 0)
            return lines.FindLast(line => line.Length > 0) ?? string.Empty;

        start = end;
        while (start > 0 && end - start + 1 < MaxMessageLines && IsMessage(lines[start - 1]))
            start--;

        return Join(lines.Skip(start).Take(end - start + 1));
    }

    private static string Join(IEnumerable<string> lines) =>
        string.Join(" ", lines.Select(line => ErrorPrefix.Replace(line, string.Empty)));
}
