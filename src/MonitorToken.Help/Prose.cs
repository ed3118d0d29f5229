using System.Text.RegularExpressions;

namespace MonitorToken.Help;

/// <summary>
/// Plain text as Markdown: parameters look like code, and the names of commands and topics lead to their pages.
/// </summary>
internal sealed partial class Prose(string self, IReadOnlyCollection<string> pages)
{
    public string Of(string text) =>
        Word().Replace(Special().Replace(text, @"\$0").Replace("<", "&lt;", StringComparison.Ordinal), Marked);

    public string Of(IEnumerable<string> paragraphs) => string.Join("\n\n", paragraphs.Select(Of));

    /// <summary>A text that stands in a table.</summary>
    public string InCell(string text) => Of(text).Replace("|", @"\|", StringComparison.Ordinal);

    private string Marked(Match word) =>
        word.Value.StartsWith('-') || word.Value.StartsWith('$') ? $"`{word.Value}`"
        : pages.Contains(word.Value) && word.Value != self ? $"[{word.Value}]({word.Value}.md)"
        : word.Value;

    [GeneratedRegex(@"[*\[\]`]")]
    private static partial Regex Special();

    /// <summary>A parameter, a variable, or a word with the dashes inside it.</summary>
    [GeneratedRegex(@"(?<![\w-])-[A-Z]\w+|\$[a-z][\w.:]*\w|\w+(?:-\w+)*")]
    private static partial Regex Word();
}
