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
                Description([cmdlet.Comment.FirstSentence])),
            Description([.. cmdlet.Comment.Summary, .. cmdlet.Comment.Remarks]),
            new XElement(
                Command + "syntax",
                cmdlet.Syntaxes.Select(syntax => new XElement(
                    Command + "syntaxItem",
                    new XElement(Text + "name", cmdlet.Name),
                    syntax.Select(item => ParameterElement(item.Parameter, item.Place, SyntaxValue(item.Parameter))),
                    OfShouldProcess(cmdlet)))),
            new XElement(
                Command + "parameters",
                cmdlet.Parameters.Select(parameter => ParameterElement(
                    parameter, parameter.Overall, [ParameterValue(
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

    private static XElement ParameterElement(Parameter parameter, Place place, IEnumerable<XElement> value) =>
        new(
            Command + "parameter",
            new XAttribute("required", place.IsMandatory),
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
