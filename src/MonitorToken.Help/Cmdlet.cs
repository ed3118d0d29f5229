using System.Management.Automation;
using System.Reflection;

namespace MonitorToken.Help;

/// <summary>A cmdlet, as described by its attributes and XML comments.</summary>
internal sealed class Cmdlet
{
    private readonly string? _defaultSet;

    public Cmdlet(Type type, XmlComments comments)
    {
        CustomAttributeData attribute = Attributes.One(type, nameof(CmdletAttribute))!;
        Verb = (string)attribute.ConstructorArguments[0].Value!;
        Noun = (string)attribute.ConstructorArguments[1].Value!;
        _defaultSet = (string?)Attributes.Property(attribute, nameof(CmdletAttribute.DefaultParameterSetName));
        HelpUri = (string?)Attributes.Property(attribute, nameof(CmdletAttribute.HelpUri));
        SupportsShouldProcess = Attributes.IsSet(attribute, nameof(CmdletAttribute.SupportsShouldProcess));
        Comment = comments.Of(type);
        OutputTypes = [.. Attributes.All(type, nameof(OutputTypeAttribute)).SelectMany(Attributes.Arguments)];
        Parameters =
        [
            .. type.GetProperties()
                .Where(property => Attributes.One(property, nameof(ParameterAttribute)) is not null)
                .Select(property => new Parameter(property, comments))
                .Where(parameter => !parameter.IsHidden),
        ];
    }

    public string Verb { get; }

    public string Noun { get; }

    public string Name => Verb + "-" + Noun;

    /// <summary>Whether the cmdlet has the parameters -WhatIf and -Confirm.</summary>
    public bool SupportsShouldProcess { get; }

    /// <summary>The address of the online help.</summary>
    public string? HelpUri { get; }

    public Comment Comment { get; }

    /// <summary>In source order, with the cmdlet's own parameters before inherited ones.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>
    /// Each is a <see cref="Type"/>, or the name of a type that exists only in PowerShell's extended type system.
    /// </summary>
    public IReadOnlyList<object?> OutputTypes { get; }

    /// <summary>All comments that must not be missing: those of the cmdlet and its parameters.</summary>
    public IEnumerable<Comment> Comments => Parameters.Select(parameter => parameter.Comment).Prepend(Comment);

    /// <summary>
    /// The parameter sets, the default one first. Positional parameters come first, then mandatory ones.
    /// </summary>
    public IEnumerable<IReadOnlyList<(Parameter Parameter, Place Place)>> Syntaxes =>
        from set in ParameterSets()
        select (IReadOnlyList<(Parameter, Place)>)
        [
            .. from parameter in Parameters
               let place = parameter.PlaceIn(set)
               where place is not null
               orderby place.Position ?? int.MaxValue, place.IsMandatory descending
               select (parameter, place),
        ];

    public static bool IsCmdlet(Type type) => Attributes.One(type, nameof(CmdletAttribute)) is not null;

    private string[] ParameterSets()
    {
        IEnumerable<string> named = Parameters.SelectMany(parameter => parameter.Places).Select(place => place.Set)
            .Where(set => set != Place.AllSets);
        string[] sets = [.. (_defaultSet is null ? named : named.Prepend(_defaultSet)).Distinct()];
        return sets.Length > 0 ? sets : [Place.AllSets];
    }
}
