using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MonitorToken.Tests.Framework;

/// <summary>What an assembly offers or uses of another, by name and number of parameters.</summary>
internal sealed class Surface
{
    private readonly Dictionary<string, string?> _bases = [];
    private readonly HashSet<string> _members = [];

    private Surface(MetadataReader reader)
    {
        foreach (TypeDefinition type in reader.TypeDefinitions.Select(reader.GetTypeDefinition))
        {
            string name = NameOf(reader, type.Namespace, type.Name);
            _bases[name] = BaseOf(reader, type.BaseType);
            foreach (MethodDefinition method in type.GetMethods().Select(reader.GetMethodDefinition))
                _members.Add(Member(name, reader.GetString(method.Name), reader.GetBlobReader(method.Signature)));
            foreach (FieldDefinition field in type.GetFields().Select(reader.GetFieldDefinition))
                _members.Add($"{name}.{reader.GetString(field.Name)}");
        }
    }

    public static Surface Of(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        return new Surface(file.GetMetadataReader());
    }

    /// <summary>Types, methods and fields of another assembly. Members of generic types are left out.</summary>
    public static IReadOnlyList<string> UsedBy(string path, string assembly)
    {
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader reader = file.GetMetadataReader();
        var used = new List<string>();
        foreach (TypeReference type in reader.TypeReferences.Select(reader.GetTypeReference))
        {
            if (type.ResolutionScope.Kind == HandleKind.AssemblyReference
                && reader.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope) is var scope
                && reader.GetString(scope.Name) == assembly)
                used.Add(NameOf(reader, type.Namespace, type.Name));
        }

        var types = used.ToHashSet();
        foreach (MemberReference member in reader.MemberReferences.Select(reader.GetMemberReference))
        {
            if (member.Parent.Kind == HandleKind.TypeReference
                && reader.GetTypeReference((TypeReferenceHandle)member.Parent) is var type
                && NameOf(reader, type.Namespace, type.Name) is var name
                && types.Contains(name))
                used.Add(Member(name, reader.GetString(member.Name), reader.GetBlobReader(member.Signature)));
        }

        return used;
    }

    /// <summary>Whether it is here, as a type or as a member of a type or of one of its bases.</summary>
    public bool Has(string used)
    {
        if (_bases.ContainsKey(used) || _members.Contains(used))
            return true;

        string? type = _bases.Keys
            .Where(name => used.StartsWith(name + ".", StringComparison.Ordinal)).MaxBy(name => name.Length);
        return type is not null && _bases[type] is { } ancestor && Has(ancestor + used[type.Length..]);
    }

    private static string? BaseOf(MetadataReader reader, EntityHandle handle) =>
        handle.Kind == HandleKind.TypeDefinition && !handle.IsNil
        && reader.GetTypeDefinition((TypeDefinitionHandle)handle) is var type
            ? NameOf(reader, type.Namespace, type.Name)
            : null;

    private static string Member(string type, string name, BlobReader signature)
    {
        SignatureHeader header = signature.ReadSignatureHeader();
        if (header.Kind != SignatureKind.Method)
            return $"{type}.{name}";
        if (header.IsGeneric)
            signature.ReadCompressedInteger();
        return $"{type}.{name}({signature.ReadCompressedInteger()})";
    }

    private static string NameOf(MetadataReader reader, StringHandle @namespace, StringHandle name) =>
        $"{reader.GetString(@namespace)}.{reader.GetString(name)}";
}
