namespace MonitorToken.Help;

/// <summary>Renders a cmdlet's help as Markdown, for the page that Get-Help -Online opens.</summary>
internal static class CommandPage
{
    /// <summary>The length at which syntax lines wrap, in characters. Chosen.</summary>
    private const int Width = 100;

    public static string Of(Cmdlet cmdlet, Prose prose) =>
        $"""
        <!-- The build writes this page from the command's help. -->

        # {cmdlet.Name}

        {prose.Of([.. cmdlet.Comment.Summary, .. cmdlet.Comment.Remarks])}

        ## Examples

        {string.Join("\n\n", cmdlet.Comment.Examples.Select(example =>
            $"{prose.Of(example.Remarks)}\n\n```powershell\n{example.Code}\n```"))}

        ## Syntax

        ```text
        {cmdlet.Name}{string.Concat(SyntaxLines(cmdlet).Select(line => "\n    " + line))}
        ```

        ## Parameters

        | Parameter | Type | Meaning |
        | --- | --- | --- |
        {string.Join('\n', cmdlet.Parameters.Select(parameter => Row(parameter, prose)))}
        {(cmdlet.Comment.Notes.Count > 0 ? $"\n## Notes\n\n{prose.Of(cmdlet.Comment.Notes)}\n" : "")}
        [All commands and guides](../README.md)
        """;

    /// <summary>
    /// The parameters of all parameter sets, followed by an entry for each set if there is more than one.
    /// </summary>
    private static IEnumerable<string> SyntaxLines(Cmdlet cmdlet)
    {
        string[][] forms =
        [
            .. cmdlet.Syntaxes.Select(syntax => syntax.Where(item => item.Place.Set != Place.AllSets)
                .Select(item => Syntax(item.Parameter, item.Place)).ToArray()),
        ];
        string[] common =
        [
            .. cmdlet.Syntaxes.First().Where(item => item.Place.Set == Place.AllSets)
                .Select(item => Syntax(item.Parameter, item.Place)),
            .. cmdlet.SupportsShouldProcess ? ["[-WhatIf]", "[-Confirm]"] : Array.Empty<string>(),
        ];
        IEnumerable<string> lines = Wrapped(common);
        return forms.Length > 1
            ? [.. lines, "and one of", .. forms.SelectMany(form => Wrapped(form).Select(
                (line, index) => (index > 0 ? "      " : "  ") + line))]
            : lines;
    }

    private static IEnumerable<string> Wrapped(IEnumerable<string> words)
    {
        string line = string.Empty;
        foreach (string word in words)
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Width)
            {
                yield return line;
                line = string.Empty;
            }

            line += line.Length > 0 ? " " + word : word;
        }

        if (line.Length > 0)
            yield return line;
    }

    private static string Syntax(Parameter parameter, Place place)
    {
        string name = place.Position is null ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
        string text = parameter.IsSwitch ? name : $"{name} <{TypeNames.Short(parameter.Type)}>";
        return place.IsMandatory ? text : $"[{text}]";
    }

    private static string Row(Parameter parameter, Prose prose)
    {
        string text = prose.InCell(string.Join(' ', [.. parameter.Comment.Summary, .. parameter.Comment.Remarks]));
        if (parameter.Comment.Value is { } value)
            text += $" Default: `{value}`.";
        if (parameter.PossibleValues.Count > 0)
            text += $" One of {string.Join(", ", parameter.PossibleValues.Select(possible => $"`{possible.Value}`"))}.";
        string type = parameter.IsSwitch ? "switch" : TypeNames.Short(parameter.Type);
        return $"| `-{parameter.Name}` | {type} | {text} |";
    }
}
