using System.Management.Automation;
using System.Reflection;

namespace MonitorToken.Framework;

/// <summary>Gives a command its parameters, and finds out which of its parameter sets they mean.</summary>
internal sealed class Binder
{
    private readonly PSCmdlet _cmdlet;
    private readonly PropertyInfo[] _properties;

    /// <param name="cmdlet">The command.</param>
    /// <param name="parameters">Objects whose properties are named like the parameters.</param>
    public Binder(PSCmdlet cmdlet, object[] parameters)
    {
        _cmdlet = cmdlet;
        _properties = [.. cmdlet.GetType().GetProperties().Where(property => Parameters(property).Any())];
        var given = new List<string>();
        foreach (object some in parameters)
        {
            foreach (PropertyInfo parameter in some.GetType().GetProperties())
            {
                given.Add(parameter.Name);
                Set(Find(parameter.Name), parameter.GetValue(some, null));
            }
        }

        cmdlet.ParameterSetName = SelectSet([.. given]);
    }

    private string DefaultSet =>
        _cmdlet.GetType().GetCustomAttribute<CmdletAttribute>().DefaultParameterSetName
        ?? ParameterAttribute.AllParameterSets;

    /// <summary>To every parameter that takes it as it is, as PowerShell does.</summary>
    public void BindInput(object item)
    {
        PropertyInfo[] takers =
        [
            .. _properties.Where(property => Parameters(property).Any(parameter => parameter.ValueFromPipeline)
                && Takes(property, item)),
        ];
        foreach (PropertyInfo taker in takers)
            Set(taker, item);
        if (_cmdlet.ParameterSetName == DefaultSet)
            _cmdlet.ParameterSetName = SelectSet([.. takers.Select(taker => taker.Name)]);
    }

    private static bool Takes(PropertyInfo property, object item) =>
        (property.PropertyType.GetElementType() ?? property.PropertyType).IsInstanceOfType(item);

    private static IEnumerable<ParameterAttribute> Parameters(PropertyInfo property) =>
        property.GetCustomAttributes<ParameterAttribute>();

    private static bool IsIn(PropertyInfo property, string set) =>
        Parameters(property).Any(parameter => parameter.ParameterSetName is var its
            && (its == set || its == ParameterAttribute.AllParameterSets));

    private static bool IsMandatory(PropertyInfo property, string set) =>
        Parameters(property).Any(parameter => parameter.ParameterSetName == set
            && parameter is { Mandatory: true, ValueFromPipeline: false });

    private void Set(PropertyInfo property, object? value)
    {
        foreach (var transformation in property.GetCustomAttributes<ArgumentTransformationAttribute>())
            value = transformation.Transform(new EngineIntrinsics(), value!);
        value = LanguagePrimitives.ConvertTo(value, property.PropertyType);
        foreach (ValidateArgumentsAttribute validation in property.GetCustomAttributes<ValidateArgumentsAttribute>())
            validation.Check(value);
        property.SetValue(_cmdlet, value, null);
        _cmdlet.MyInvocation.BoundParameters[property.Name] = value;
    }

    /// <summary>
    /// The set that has everything that was given, and of which nothing mandatory is missing; the default one if it is
    /// among them.
    /// </summary>
    private string SelectSet(params string[] given)
    {
        string[] sets =
        [
            .. _properties.SelectMany(Parameters).Select(parameter => parameter.ParameterSetName).Distinct()
                .Where(set => set != ParameterAttribute.AllParameterSets)
                .Where(set => given.All(name => IsIn(Find(name), set)))
                .Where(set => _properties.All(one => given.Contains(one.Name) || !IsMandatory(one, set))),
        ];
        return sets.Contains(DefaultSet) || sets.Length == 0 ? DefaultSet : sets.Single();
    }

    private PropertyInfo Find(string name) =>
        _properties.SingleOrDefault(property => property.Name == name)
        ?? throw new ArgumentException($"{_cmdlet.GetType().Name} has no parameter {name}.");
}
