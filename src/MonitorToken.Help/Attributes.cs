using System.Reflection;

namespace MonitorToken.Help;

/// <summary>Reads attributes from metadata, without instantiating them.</summary>
internal static class Attributes
{
    public static IEnumerable<CustomAttributeData> All(MemberInfo member, string attribute) =>
        member.GetCustomAttributesData().Where(data => data.AttributeType.Name == attribute);

    public static CustomAttributeData? One(MemberInfo member, string attribute) =>
        All(member, attribute).FirstOrDefault();

    /// <summary>The value of a named argument of an attribute; null if the argument is not given.</summary>
    public static object? Property(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(argument => argument.MemberName == name).TypedValue.Value;

    public static bool IsSet(CustomAttributeData attribute, string name) => Property(attribute, name) is true;

    /// <summary>The constructor arguments of an attribute, with params arrays flattened.</summary>
    public static IEnumerable<object?> Arguments(CustomAttributeData? attribute) =>
        (attribute?.ConstructorArguments ?? []).SelectMany(argument =>
            argument.Value is IEnumerable<CustomAttributeTypedArgument> several
                ? several.Select(one => one.Value)
                : [argument.Value]);
}
