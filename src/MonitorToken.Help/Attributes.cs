using System.Reflection;

namespace MonitorToken.Help;

/// <summary>Attributes as metadata tells them; their own code never runs.</summary>
internal static class Attributes
{
    public static IEnumerable<CustomAttributeData> All(MemberInfo member, string attribute) =>
        member.GetCustomAttributesData().Where(data => data.AttributeType.Name == attribute);

    public static CustomAttributeData? One(MemberInfo member, string attribute) =>
        All(member, attribute).FirstOrDefault();

    /// <summary>What an attribute sets a property to; null where it does not mention it.</summary>
    public static object? Property(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(argument => argument.MemberName == name).TypedValue.Value;

    public static bool IsSet(CustomAttributeData attribute, string name) => Property(attribute, name) is true;

    /// <summary>The arguments of the attribute's constructor, those of a params array one by one.</summary>
    public static IEnumerable<object?> Arguments(CustomAttributeData? attribute) =>
        (attribute?.ConstructorArguments ?? []).SelectMany(argument =>
            argument.Value is IEnumerable<CustomAttributeTypedArgument> several
                ? several.Select(one => one.Value)
                : [argument.Value]);
}
