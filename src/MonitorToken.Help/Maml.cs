using System.Xml.Linq;

namespace MonitorToken.Help;

/// <summary>Renders help as MAML, the format that Get-Help reads.</summary>
internal static class Maml
{
    private static readonly XNamespace Items = "http://msh";
    private static readonly XNamespace Text = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>
    /// The dashes around the title of an example, which Get-Help displays unchanged. As many as PowerShell's own help
    /// has.
    /// </summary>
    private static readonly string Rule = new('-', 26);

    /// <summary>The number of parameter sets up to which each has a syntax item of its own. Chosen.</summary>
    private const int MostSyntaxes = 3;

    public static XDocument Document(IEnumerable<Cmdlet> cmdlets, XmlComments comments) =>
        new(new XElement(
            Items + "helpItems",
            new XAttribute("schema", "maml"),
            new XAttribute(XNamespace.Xmlns + "maml", Text),
            new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            cmdlets.Select(cmdlet => CommandElement(cmdlet, comments))));

    private static XElement CommandElement(Cmdlet cmdlet, XmlComments comments) =>
        new(
            Command + "command",
            new XElement(
                Command + "details",
                new XElement(Command + "name", cmdlet.Name),
                new XElement(Command + "verb", cmdlet.Verb),
                new XElement(Command + "noun", cmdlet.Noun),
                Description([string.Join(' ', cmdlet.Comment.Summary)])),
            Description(
            [
                .. cmdlet.Comment.Remarks.DefaultIfEmpty(string.Join(' ', cmdlet.Comment.Summary)),
                .. IsMerged(cmdlet) ? [MergedNote(cmdlet)] : Array.Empty<string>(),
            ]),
            new XElement(
                Command + "syntax",
                IsMerged(cmdlet)
                    ? SyntaxItem(cmdlet, cmdlet.Parameters
                        .OrderBy(parameter => parameter.Overall.Position ?? int.MaxValue)
                        .Select(parameter => ParameterElement(
                            parameter, parameter.Overall, parameter.IsAlwaysMandatory, SyntaxValue(parameter))))
                    : cmdlet.Syntaxes.Select(syntax => SyntaxItem(cmdlet, syntax.Select(item => ParameterElement(
                        item.Parameter, item.Place, item.Place.IsMandatory, SyntaxValue(item.Parameter)))))),
            new XElement(
                Command + "parameters",
                cmdlet.Parameters.Select(parameter => ParameterElement(
                    parameter, parameter.Overall, parameter.Overall.IsMandatory, [ParameterValue(
                        parameter,
                        TypeNames.Short(parameter.Type)), .. PossibleValues(parameter)])),
                OfShouldProcess(cmdlet)),
            new XElement(Command + "inputTypes", InputTypes(cmdlet)),
            new XElement(
                Command + "returnValues",
                cmdlet.OutputTypes.Select(type => new XElement(
                    Command + "returnValue",
                    TypeElement(type as Type is { } known ? TypeNames.Full(known) : (string)type!),
                    Description(type is Type { IsArray: false } documented ? comments.Of(documented).Summary : [])))),
            cmdlet.Comment.Notes.Count > 0
                ? new XElement(Text + "alertSet", new XElement(Text + "alert", Paragraphs(cmdlet.Comment.Notes)))
                : null,
            new XElement(
                Command + "examples",
                cmdlet.Comment.Examples.Select((example, index) => new XElement(
                    Command + "example",
                    new XElement(Text + "title", $"{Rule} Example {index + 1} {Rule}"),
                    new XElement(Dev + "code", example.Code),
                    new XElement(Dev + "remarks", Paragraphs([.. example.Remarks, string.Empty]))))),
            // Get-Help -Online opens the first link that has a URI.
            new XElement(
                Command + "relatedLinks",
                new XElement(
                    Text + "navigationLink",
                    new XElement(Text + "linkText", "Online version:"),
                    new XElement(Text + "uri", cmdlet.HelpUri))));

    /// <summary>
    /// Whether the syntax is one item with the parameters of all parameter sets. Get-Help displays the syntax before
    /// the description, so an item for each set would fill several screens first.
    /// </summary>
    private static bool IsMerged(Cmdlet cmdlet) => cmdlet.Syntaxes.Count() > MostSyntaxes;

    private static string MergedNote(Cmdlet cmdlet) =>
        $"The syntax lists the parameters of all parameter sets. To see which of them go together, run Get-Command "
            + $"{cmdlet.Name} -Syntax.";

    private static XElement SyntaxItem(Cmdlet cmdlet, IEnumerable<XElement> parameters) =>
        new(
            Command + "syntaxItem",
            new XElement(Text + "name", cmdlet.Name),
            parameters,
            OfShouldProcess(cmdlet));

    /// <summary>
    /// The common parameters of ShouldProcess. PowerShell lists them by itself only for cmdlets without MAML help.
    /// </summary>
    private static XElement[] OfShouldProcess(Cmdlet cmdlet) =>
        cmdlet.SupportsShouldProcess
            ? [
                SwitchElement("WhatIf", "wi", "Shows what would happen. Nothing is done."),
                SwitchElement("Confirm", "cf", "Asks before anything is done."),
            ]
            : [];

    private static XElement SwitchElement(string name, string alias, string description) =>
        new(
            Command + "parameter",
            new XAttribute("required", false),
            new XAttribute("variableLength", false),
            new XAttribute("globbing", false),
            new XAttribute("pipelineInput", "False"),
            new XAttribute("position", "named"),
            new XAttribute("aliases", alias),
            new XElement(Text + "name", name),
            Description([description]),
            TypeElement("System.Management.Automation.SwitchParameter"),
            new XElement(Dev + "defaultValue", "False"));

    private static XElement ParameterElement(
        Parameter parameter,
        Place place,
        bool isMandatory,
        IEnumerable<XElement> value) =>
        new(
            Command + "parameter",
            new XAttribute("required", isMandatory),
            new XAttribute("variableLength", parameter.Type.IsArray),
            new XAttribute("globbing", parameter.TakesWildcards),
            new XAttribute("pipelineInput", PipelineInput(place)),
            new XAttribute("position", place.Position?.ToString(provider: null) ?? "named"),
            new XAttribute("aliases", parameter.Aliases.Count > 0 ? string.Join(", ", parameter.Aliases) : "none"),
            new XElement(Text + "name", parameter.Name),
            Description(parameter.Comment.Summary.Concat(parameter.Comment.Remarks)),
            value,
            TypeElement(TypeNames.Full(parameter.Type)),
            new XElement(Dev + "defaultValue", parameter.Comment.Value ?? (parameter.IsSwitch ? "False" : "None")));

    /// <summary>
    /// What follows the parameter's name in the syntax: nothing for a switch, the possible values, or the type.
    /// </summary>
    private static XElement[] SyntaxValue(Parameter parameter) =>
        parameter.IsSwitch ? []
        : parameter.PossibleValues.Count > 0
            ? [new XElement(
                Command + "parameterValueGroup",
                parameter.PossibleValues.Select(possible => ParameterValue(parameter, possible.Value)))]
            : [ParameterValue(parameter, TypeNames.Short(parameter.Type))];

    private static XElement ParameterValue(Parameter parameter, string value) =>
        new(
            Command + "parameterValue",
            new XAttribute("required", !parameter.IsSwitch),
            new XAttribute("variableLength", parameter.Type.IsArray),
            value);

    private static IEnumerable<XElement> PossibleValues(Parameter parameter)
    {
        if (parameter.PossibleValues.Count > 0)
            yield return new XElement(
                Dev + "possibleValues",
                parameter.PossibleValues.Select(possible => new XElement(
                    Dev + "possibleValue",
                    new XElement(Dev + "value", possible.Value),
                    Description(possible.Comment.Summary))));
    }

    private static IEnumerable<XElement> InputTypes(Cmdlet cmdlet) =>
        cmdlet.Parameters
            .Where(parameter => parameter.Places.Any(place => place.IsFromPipeline))
            .Select(parameter => new XElement(
                Command + "inputType",
                TypeElement(TypeNames.Full(parameter.Type)),
                Description(parameter.Comment.Summary)))
            .DefaultIfEmpty(new XElement(Command + "inputType", TypeElement("None")));

    private static string PipelineInput(Place place)
    {
        string[] ways = [.. new[]
        {
            place.IsFromPipeline ? "ByValue" : "",
            place.IsFromPipelineByName ? "ByPropertyName" : "",
        }.Where(way => way.Length > 0)];
        return ways.Length > 0 ? $"True ({string.Join(", ", ways)})" : "False";
    }

    private static XElement TypeElement(string name) => new(Dev + "type", new XElement(Text + "name", name));

    private static XElement Description(IEnumerable<string> paragraphs) =>
        new(Text + "description", Paragraphs(paragraphs));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<string> paragraphs) =>
        paragraphs.Select(text => new XElement(Text + "para", text));
}
