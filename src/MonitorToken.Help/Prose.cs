using System.Text.RegularExpressions;

namespace MonitorToken.Help;

/// <summary>
/// Renders plain text as Markdown: parameters become code, and names of cmdlets and topics link to their pages.
/// </summary>
internal sealed partial class Prose(string self, IReadOnlyCollection<string> pages)
{
    public string Of(string text) =>
        Word().Replace(Special().Replace(text, @"\$0").Replace("<", "&lt;", StringComparison.Ordinal), Marked);

    public string Of(IEnumerable<string> paragraphs) => string.Join("\n\n", paragraphs.Select(Of));

    /// <summary>Renders text for a table cell.</summary>
    public string InCell(string text) => Of(text).Replace("|", @"\|", StringComparison.Ordinal);

    private string Marked(Match word) =>
        word.Value.StartsWith('-') || word.Value.StartsWith('$') ? $"`{word.Value}`"
        : pages.Contains(word.Value) && word.Value != self ? $"[{word.Value}]({word.Value}.md)"
        : word.Value;

    [GeneratedRegex(@"[*\[\]`]")]
    private static partial Regex Special();

    /// <summary>A parameter, a variable, or a word that may contain dashes.</summary>
    [GeneratedRegex(@"(?<![\w-])-[A-Z]\w+|\$[a-z][\w.:]*\w|\w+(?:-\w+)*")]
    private static partial Regex Word();
}
