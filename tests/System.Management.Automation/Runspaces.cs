using System.Collections.ObjectModel;

namespace System.Management.Automation.Runspaces;

/// <summary>There is none here, and so nothing that would be told of types.</summary>
public abstract class Runspace
{
    public static Runspace? DefaultRunspace => null;

    public abstract InitialSessionState InitialSessionState { get; }
}

public class InitialSessionState
{
    public virtual InitialSessionStateEntryCollection<SessionStateTypeEntry> Types { get; } = [];
}

public sealed class InitialSessionStateEntryCollection<T> : Collection<T>;

public sealed class SessionStateTypeEntry(TypeData typeData, bool isRemove)
{
    public TypeData TypeData { get; } = typeData;

    public bool IsRemove { get; } = isRemove;
}

public sealed class TypeTable
{
    public void AddType(TypeData typeData)
    {
    }
}

public sealed class TypeData(string typeName)
{
    public string TypeName { get; } = typeName;

    public string? SerializationMethod { get; set; }

    public PropertySetData? PropertySerializationSet { get; set; }

    public bool IsOverride { get; set; }
}

public sealed class PropertySetData(IEnumerable<string> referencedProperties)
{
    public Collection<string> ReferencedProperties { get; } = [.. referencedProperties];
}
