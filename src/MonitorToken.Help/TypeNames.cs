namespace MonitorToken.Help;

/// <summary>Types as whoever gives a parameter knows them.</summary>
internal static class TypeNames
{
    public static string Short(Type type) => Given(type).Name;

    public static string Full(Type type) => Given(type).FullName ?? Given(type).Name;

    /// <summary>Without Nullable: whoever gives a parameter gives a value of what is inside.</summary>
    private static Type Given(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition().FullName == "System.Nullable`1"
            ? type.GetGenericArguments()[0]
            : type;
}
