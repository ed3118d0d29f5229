using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MonitorToken.Help;

/// <summary>The XML comment of a type or member, as plain text.</summary>
internal sealed partial class Comment(string member, XElement? xml)
{
    public static Comment None { get; } = new(string.Empty, null);

    /// <summary>The documentation id of the type or member.</summary>
    public string Member => member;

    public IReadOnlyList<string> Summary { get; } = Paragraphs(xml?.Element("summary"));

    public IReadOnlyList<string> Remarks { get; } = Paragraphs(xml?.Element("remarks"));

    /// <summary>From the nonstandard element note, which the compiler passes through.</summary>
    public IReadOnlyList<string> Notes { get; } = Paragraphs(xml?.Element("note"));

    /// <summary>The default value, which metadata does not contain.</summary>
    public string? Value { get; } = Paragraphs(xml?.Element("value")).FirstOrDefault();

    public IReadOnlyList<(string Code, IReadOnlyList<string> Remarks)> Examples { get; } =
    [
        .. from example in xml?.Elements("example") ?? []
           select (Code(example.Element("code")), Paragraphs(example, without: "code")),
    ];

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

    /// <summary>
    /// The text of an inline element such as c; for an empty element such as see, the simple name of its target.
    /// </summary>
    private static string Inline(XElement element) =>
        element.IsEmpty && element.FirstAttribute is { } reference
            ? reference.Name == "href" ? reference.Value : LastName().Match(reference.Value).Value
            : element.Value;

    /// <summary>The lines of an example, without the indentation of the XML comment.</summary>
    private static string Code(XElement? element)
    {
        string[] lines = (element?.Value ?? string.Empty).TrimEnd().Split('\n');
        string[] filled = [.. lines.Skip(1).Where(line => !string.IsNullOrWhiteSpace(line))];
        int indentation = filled.Length > 0 ? filled.Min(line => line.Length - line.TrimStart().Length) : 0;
        return string.Join('\n', lines.Take(1).Concat(
            lines.Skip(1).Select(
                line => line.Length > indentation ? line[indentation..].TrimEnd() : string.Empty))).Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"\w+(?=$|\()")]
    private static partial Regex LastName();
}
