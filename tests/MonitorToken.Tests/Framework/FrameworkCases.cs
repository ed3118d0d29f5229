using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MonitorToken.Tests.Framework;

/// <summary>The program for .NET Framework and its cases: public static methods of classes named *Cases.</summary>
internal static class FrameworkCases
{
    public static string Program { get; } = AssemblyReferenceTests.Metadata("FrameworkProgram");

    /// <summary>Read without loading it, which .NET could not.</summary>
    public static IReadOnlyList<(string Class, string Method)> All { get; } = Read();

    /// <summary>The classes whose cases a session runs.</summary>
    public static IEnumerable<string> ClassesFor(FrameworkSession session) =>
        session.Classes is { Length: > 0 } named
            ? named
            : All.Select(found => found.Class).Distinct()
                .Except(FrameworkSession.All.SelectMany(other => other.Classes));

    private static (string Class, string Method)[] Read()
    {
        using var file = new PEReader(File.OpenRead(Program));
        MetadataReader reader = file.GetMetadataReader();
        return
        [
            .. reader.TypeDefinitions.Select(reader.GetTypeDefinition)
                .Where(type => reader.GetString(type.Name).EndsWith("Cases", StringComparison.Ordinal))
                .SelectMany(type => type.GetMethods().Select(reader.GetMethodDefinition)
                    .Where(method => method.Attributes.HasFlag(MethodAttributes.Public | MethodAttributes.Static))
                    .Select(method => (reader.GetString(type.Name), reader.GetString(method.Name)))),
        ];
    }
}
