using System.Text.RegularExpressions;

namespace MonitorToken.Help;

/// <summary>
/// Renders an about topic as Markdown. The topic's indentation determines headings, paragraphs, tables and code blocks.
/// </summary>
internal static partial class TopicPage
{
    /// <summary>The indentation of paragraphs and of the terms of a table, in characters.</summary>
    private const int Text = 4;

    /// <summary>The indentation of code and of the descriptions in a table, in characters.</summary>
    private const int Inside = 8;

    public static string Of(string topic, Prose prose)
    {
        List<string> page = [];
        string section = string.Empty;
        bool isTable = false;
        foreach (string block in Blocks(topic))
        {
            string[] lines = block.Split('\n');
            if (Indentation(lines[0]) == 0)
            {
                section = lines[0];
                if (section is not ("TOPIC" or "SHORT DESCRIPTION" or "LONG DESCRIPTION"))
                    page.Add("## " + Heading(section));
                lines = lines[1..];
            }

            if (lines.Length == 0)
                continue;

            if (section is "TOPIC")
            {
                page.Add("# " + lines[0].Trim());
            }
            else if (section is "SEE ALSO")
            {
                page.Add(string.Join('\n', lines.Select(line => "- " + prose.Of(line.Trim()))));
            }
            else if (lines.All(line => Indentation(line) >= Inside || line.Length == 0))
            {
                page.Add(Code(lines));
                isTable = false;
            }
            else if (lines.Any(line => Indentation(line) >= Inside))
            {
                string[] rows = [.. Rows(lines, prose)];
                string[] alone = [.. rows.Where(row => !row.StartsWith('|'))];
                rows = rows[alone.Length..];
                page.AddRange(alone);
                if (isTable && alone.Length == 0)
                    page[^1] += "\n" + string.Join('\n', rows);
                else
                    page.Add("| Error | What it means, and what to do |\n| --- | --- |\n" + string.Join('\n', rows));
                isTable = true;
            }
            else
            {
                page.Add(Lead().Replace(prose.Of(Flowing(lines)), "**$0**"));
                isTable = false;
            }
        }

        return string.Join("\n\n", page.Prepend("<!-- The build writes this page from the help topic. -->"));
    }

    /// <summary>
    /// The blocks that blank lines separate. Consecutive blocks of code are merged: code may contain blank lines.
    /// </summary>
    private static List<string> Blocks(string topic)
    {
        string text = topic.ReplaceLineEndings("\n").Trim('\n');
        return BlankLine().Split(text).Aggregate(new List<string>(), (blocks, block) =>
        {
            bool goesOn = blocks.Count > 0 && IsCode(blocks[^1]) && IsCode(block);
            if (goesOn)
                blocks[^1] += "\n\n" + block;
            else
                blocks.Add(block);
            return blocks;
        });
    }

    private static bool IsCode(string block) =>
        block.Split('\n').All(line => line.Length == 0 || Indentation(line) >= Inside);

    private static string Code(string[] lines)
    {
        string code = string.Join('\n', lines.Select(line => line.Length > Inside ? line[Inside..] : string.Empty));
        string language = Yaml().IsMatch(code) ? "yaml" : PowerShell().IsMatch(code) ? "powershell" : "text";
        return $"```{language}\n{code}\n```";
    }

    /// <summary>
    /// One table row for each term and the indented lines below it. An introduction before the first term, such as
    /// Errors:, becomes a paragraph of its own.
    /// </summary>
    private static IEnumerable<string> Rows(string[] lines, Prose prose)
    {
        int next = 0;
        while (next < lines.Length)
        {
            string[] term = [.. lines.Skip(next).TakeWhile(line => Indentation(line) == Text)];
            next += term.Length;
            if (Introduction(term) is { Length: > 0 } introduction)
            {
                yield return Lead().Replace(prose.Of(Flowing(introduction)), "**$0**");
                term = term[introduction.Length..];
            }

            string[] meaning = [.. lines.Skip(next).TakeWhile(line => Indentation(line) >= Inside)];
            next += meaning.Length;
            string name = Name().Replace(prose.InCell(Flowing(term)), "**$0**");
            yield return $"| {name} | {prose.InCell(Flowing(meaning))} |";
        }
    }

    /// <summary>
    /// The lines before a term that introduce the table: a word with a colon, alone or followed by sentences.
    /// </summary>
    private static string[] Introduction(string[] term)
    {
        if (!Lead().IsMatch(term[0].Trim()))
            return [];

        int last = Array.FindLastIndex(term, line => line.TrimEnd().EndsWith('.'));
        return term[..Math.Max(last + 1, 1)];
    }

    private static string Flowing(IEnumerable<string> lines) =>
        string.Join(' ', lines.Select(line => line.Trim())).Replace("/ ", "/", StringComparison.Ordinal);

    private static string Heading(string section) =>
        section.Any(char.IsLower) ? section : section[..1] + section[1..].ToLowerInvariant().Replace(
            "entra", "Entra", StringComparison.Ordinal);

    private static int Indentation(string line) => line.Length - line.TrimStart().Length;

    [GeneratedRegex(@"\n\s*\n")]
    private static partial Regex BlankLine();

    [GeneratedRegex(@"^[A-Z]\w+:(?=\s|$)")]
    private static partial Regex Lead();

    [GeneratedRegex(@"^[A-Z]\w+(?=$| \(|  )")]
    private static partial Regex Name();

    [GeneratedRegex(@"(?m)^(?:permissions|steps):")]
    private static partial Regex Yaml();

    [GeneratedRegex(@"(?m)^ *(?:\$|try |for |Connect-|\w+-Monitor)")]
    private static partial Regex PowerShell();
}
