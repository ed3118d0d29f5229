using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// One of a tool's two outputs, without what is not meant for people: colours, tracebacks, JSON, secrets.
/// </summary>
internal sealed class ToolErrorParser
{
    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    /// <summary>How many lines make a message where none of them says that it is one.</summary>
    private const int MostLines = 3;

    /// <summary>Nobody says more before it comes to the point, and what is searched stays small.</summary>
    private const int LongestPart = 16 * 1024;

    private static readonly Regex Escape = new(@"\x1B(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(\x07|\x1B\\)?|[@-Z\\^_])");
    private static readonly Regex Control = new(@"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u2028\u2029]");
    private static readonly Regex SecretInJson =
        new(@"(""\w*(token|secret|password|assertion|credential)\w*""\s*:\s*"")[^""]*", AnyCase);

    private static readonly Regex SecretInForm =
        new(@"\b((access|refresh|id)_token|client_secret|(client_)?assertion|password)=[^\s&""']+", AnyCase);

    /// <summary>Each that is none costs an exception, and nobody prints so many.</summary>
    private const int MostObjects = 1000;

    private static readonly Regex JsonStart = new(@"^[ \t]*\{", RegexOptions.Multiline);

    private static readonly Regex ErrorPrefix = new(@"^([\w.-]+: )?(error|fatal|critical):\s*", AnyCase);
    private static readonly Regex WarningPrefix =
        new(@"^(warning|info|debug|verbose)\s*:|^\S+:\d+: \w*Warning: ", AnyCase);
    private static readonly Regex ExceptionPrefix =
        new(@"^[\w.]*(Error|Exception): (?=\S)", RegexOptions.CultureInvariant);
    private static readonly Regex JsonLine = new(@"^([{}\[\]]+,?$|\{|""[^""]*""\s*:)", RegexOptions.CultureInvariant);

    /// <summary>What the Azure CLI adds to every error, or announces only.</summary>
    private static readonly Regex Addition =
        new(
            @"Here is the traceback:$|^To (open an?( new)? issue|check existing issues), please (run|visit):? "
                + "|^(During|The above) .* exception.*:$"
                // .NET, where a program of its has crashed.
                + @"|^Unhandled exception[.:]|^at [\w.<>`+\[\],]+\(.*\)( in .*)?$|^--- End of .* ---$",
            AnyCase);

    /// <summary>How Python shows an object that is of interest to nobody.</summary>
    private static readonly Regex PythonObject =
        new(@"<[\w.]+( \w+)* object at 0x[0-9a-f]+>(, )?", AnyCase);

    private ToolErrorParser(List<string> lines, List<string> causes)
    {
        All = lines;
        Causes = causes;
        Message = FindMessage(lines);
    }

    /// <summary>Every line of use, trimmed; empty ones part what does not belong together.</summary>
    public IReadOnlyList<string> All { get; }

    /// <summary>
    /// The exceptions that a traceback ends with, the first one first: the error may tell only of the last.
    /// </summary>
    public IReadOnlyList<string> Causes { get; }

    /// <summary>The last thing said that is more than a warning; where there are only warnings, the last.</summary>
    public string Message { get; }

    /// <summary>Whether more than warnings was said.</summary>
    public bool HasError => All.Any(IsMessage);

    /// <summary>Whether there are any at all, though none may be fit to be told.</summary>
    public static bool AreIn(string output) =>
        output.Length > LongestPart || Plain(output).Any(char.IsLetterOrDigit);

    public static ToolErrorParser In(string output)
    {
        string text = PythonObject.Replace(Mask(Plain(EndOf(output))), string.Empty);
        var lines = new List<string>();
        var causes = new List<string>();
        bool isTraceback = false;
        foreach (string raw in Regex.Split(OutOfJson(text), "\r\n|\n|\r"))
        {
            string line = raw.Trim();
            if (line.StartsWith("Traceback (most recent call last)", StringComparison.Ordinal))
            {
                isTraceback = true;
            }
            else if (isTraceback)
            {
                // Its frames are indented; what ends it is the exception, which the tool has often told already.
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

    /// <summary>Without colours and whatever else moves a cursor.</summary>
    private static string Plain(string output) =>
        Control.Replace(Escape.Replace(output, string.Empty), string.Empty);

    private static bool IsForPeople(string line) =>
        line.Any(char.IsLetterOrDigit) && !JsonLine.IsMatch(line) && !Addition.IsMatch(line);

    private static bool IsMessage(string line) => line.Length > 0 && !WarningPrefix.IsMatch(line);

    /// <summary>
    /// What is looked at, from the beginning of a line: a secret without the name before it would not be read as one.
    /// </summary>
    private static string EndOf(string output)
    {
        if (output.Length <= LongestPart)
            return output;

        string end = output.Substring(output.Length - LongestPart);
        int line = end.IndexOfAny(['\r', '\n']);
        return line < 0 ? string.Empty : end.Substring(line);
    }

    private static string Mask(string text) =>
        SecretInForm.Replace(SecretInJson.Replace(Secret.Mask(text), "$1(a secret)"), "$1=(a secret)");

    /// <summary>
    /// The Azure Developer CLI says everything in JSON, one object a line or one over several. In place of each that
    /// begins a line stands what it says.
    /// </summary>
    private static string OutOfJson(string text)
    {
        var plain = new StringBuilder();
        int start = 0;
        foreach (Match line in JsonStart.Matches(text).Cast<Match>().Take(MostObjects))
        {
            if (line.Index < start)
                continue;

            int brace = line.Index + line.Length - 1;
            (JsonElement? island, int length) = EmbeddedJson.At(text, brace);
            if (island is not { } entry || Said(entry) is not { } said)
                continue;

            plain.Append(text, start, line.Index - start).AppendLine(Mask(said));
            start = brace + length;
        }

        return plain.Append(text, start, text.Length - start).ToString();
    }

    private static string? Said(JsonElement entry)
    {
        try
        {
            return entry.TryGetProperty("data", out JsonElement data) && Text(data, "message") is { } message
                ? message
                : Text(entry, "error") ?? Text(entry, "message");
        }
        catch (InvalidOperationException)
        {
            // A name that cannot be read.
            return null;
        }
    }

    private static string? Text(JsonElement element, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object
                && element.TryGetProperty(name, out JsonElement value)
                && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

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
        while (start > 0 && end - start + 1 < MostLines && IsMessage(lines[start - 1]))
            start--;

        return Join(lines.Skip(start).Take(end - start + 1));
    }

    private static string Join(IEnumerable<string> lines) =>
        string.Join(" ", lines.Select(line => ErrorPrefix.Replace(line, string.Empty)));
}
