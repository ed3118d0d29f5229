namespace MonitorToken.Help;

/// <summary>Names of parameter types, as help displays them.</summary>
internal static class TypeNames
{
    public static string Short(Type type) => Given(type).Name;

    public static string Full(Type type) => Given(type).FullName ?? Given(type).Name;

    /// <summary>Unwraps Nullable, which is invisible to the user of a parameter.</summary>
    private static Type Given(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition().FullName == "System.Nullable`1"
            ? type.GetGenericArguments()[0]
            : type;
}
