using System.Management.Automation;
using System.Reflection;

namespace MonitorToken.Help;

/// <summary>A parameter of a cmdlet.</summary>
internal sealed class Parameter
{
    public Parameter(PropertyInfo property, XmlComments comments)
    {
        Name = property.Name;
        Type = property.PropertyType;
        Comment = comments.Of(property);
        Places = [.. Attributes.All(property, nameof(ParameterAttribute)).Select(attribute => new Place(attribute))];
        Aliases = [.. Attributes.Arguments(Attributes.One(property, nameof(AliasAttribute))).OfType<string>()];
        TakesWildcards = Attributes.One(property, nameof(SupportsWildcardsAttribute)) is not null;

        Type element = Type.GetElementType() ?? Type;
        PossibleValues = element.IsEnum
            ? [.. element.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => (field.Name, comments.Of(field)))]
            : [.. Attributes.Arguments(Attributes.One(property, nameof(ValidateSetAttribute))).OfType<string>()
                .Select(value => (value, Comment.None))];
    }

    public string Name { get; }

    public Type Type { get; }

    public Comment Comment { get; }

    public IReadOnlyList<Place> Places { get; }

    public IReadOnlyList<string> Aliases { get; }

    public bool TakesWildcards { get; }

    public IReadOnlyList<(string Value, Comment Comment)> PossibleValues { get; }

    public bool IsHidden => Places.Any(place => place.IsHidden);

    public bool IsSwitch => Type.Name == nameof(SwitchParameter);

    /// <summary>
    /// The entry that describes the parameter as a whole: it is mandatory only if it is in each of its parameter sets.
    /// </summary>
    public Place Overall => Places.FirstOrDefault(place => !place.IsMandatory) ?? Places[0];

    /// <summary>Whether the parameter is mandatory in all parameter sets of its cmdlet.</summary>
    public bool IsAlwaysMandatory => Places.All(place => place.Set == Place.AllSets && place.IsMandatory);

    public Place? PlaceIn(string set) => Places.FirstOrDefault(place => place.Set == set || place.Set == Place.AllSets);
}

/// <summary>A parameter's attributes in one parameter set.</summary>
internal sealed class Place(CustomAttributeData attribute)
{
    public const string AllSets = ParameterAttribute.AllParameterSets;

    public string Set { get; }
        = (string?)Attributes.Property(attribute, nameof(ParameterAttribute.ParameterSetName)) ?? AllSets;

    public int? Position { get; } = (int?)Attributes.Property(attribute, nameof(ParameterAttribute.Position));

    public bool IsMandatory { get; } = Attributes.IsSet(attribute, nameof(ParameterAttribute.Mandatory));

    public bool IsHidden { get; } = Attributes.IsSet(attribute, nameof(ParameterAttribute.DontShow));

    public bool IsFromPipeline { get; } = Attributes.IsSet(attribute, nameof(ParameterAttribute.ValueFromPipeline));

    public bool IsFromPipelineByName { get; }
        = Attributes.IsSet(attribute, nameof(ParameterAttribute.ValueFromPipelineByPropertyName));
}
