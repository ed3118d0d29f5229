using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MonitorToken.Help;

/// <summary>What the comment of a type or member says, as plain text.</summary>
internal sealed partial class Comment(string member, XElement? xml)
{
    public static Comment None { get; } = new(string.Empty, null);

    /// <summary>Whose comment it is, as documentation files name it.</summary>
    public string Member => member;

    public IReadOnlyList<string> Summary { get; } = Paragraphs(xml?.Element("summary"));

    public IReadOnlyList<string> Remarks { get; } = Paragraphs(xml?.Element("remarks"));

    /// <summary>C# has no such element, but keeps it in the file.</summary>
    public IReadOnlyList<string> Notes { get; } = Paragraphs(xml?.Element("note"));

    /// <summary>The default, which no metadata tells.</summary>
    public string? Value { get; } = Paragraphs(xml?.Element("value")).FirstOrDefault();

    public IReadOnlyList<(string Code, IReadOnlyList<string> Remarks)> Examples { get; } =
    [
        .. from example in xml?.Elements("example") ?? []
           select (Code(example.Element("code")), Paragraphs(example, without: "code")),
    ];

    public string FirstSentence => Sentence().Match(Summary[0]).Value;

    private static List<string> Paragraphs(XElement? element, string? without = null)
    {
        List<string> paragraphs = [string.Empty];
        foreach (XNode node in element?.Nodes() ?? [])
        {
            if (node is not XElement child)
                paragraphs[^1] += (node as XText)?.Value;
            else if (child.Name == "para")
                paragraphs.AddRange([.. Paragraphs(child), string.Empty]);
            else if (child.Name != without)
                paragraphs[^1] += Inline(child);
        }

        return [.. paragraphs.Select(text => Space().Replace(text, " ").Trim()).Where(text => text.Length > 0)];
    }

    /// <summary>The text inside an element such as c; for an empty one, the last name in what it refers to.</summary>
    private static string Inline(XElement element) =>
        element.IsEmpty && element.FirstAttribute is { } reference
            ? reference.Name == "href" ? reference.Value : LastName().Match(reference.Value).Value
            : element.Value;

    /// <summary>The lines of an example, without the indentation that the compiler has put before each.</summary>
    private static string Code(XElement? element)
    {
        string[] lines = (element?.Value ?? string.Empty).TrimEnd().Split('\n');
        string[] filled = [.. lines.Skip(1).Where(line => !string.IsNullOrWhiteSpace(line))];
        int indentation = filled.Length > 0 ? filled.Min(line => line.Length - line.TrimStart().Length) : 0;
        return string.Join('\n', lines.Take(1).Concat(
            lines.Skip(1).Select(
                line => line.Length > indentation ? line[indentation..].TrimEnd() : string.Empty))).Trim();
    }

    [GeneratedRegex(@"^.*?[.!?](?=\s|$)|^.*$")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"\w+(?=$|\()")]
    private static partial Regex LastName();
}
