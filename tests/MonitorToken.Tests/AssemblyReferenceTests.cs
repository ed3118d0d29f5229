using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>
/// Windows PowerShell 5.1 runs on Windows only. What can be proven anywhere: every assembly that our netstandard2.0
/// builds and their dependencies refer to is in the module's folder in a version at least as high, or in .NET
/// Framework 4.7.2; and every type that they refer to is there.
/// </summary>
public sealed class AssemblyReferenceTests
{
    /// <summary>
    /// Built into .NET Framework in a lower version, which its package redirects to; EngineAssemblies does that here.
    /// </summary>
    private static readonly string[] Redirected = ["System.ValueTuple"];

    /// <summary>Compiled against, and there in every PowerShell.</summary>
    private const string PowerShell = "System.Management.Automation";

    private static readonly string Folder = Metadata("ModuleFolder");

    private static readonly string Engine = Path.Combine(Folder, "engine", "net472");

    private static readonly Dictionary<string, Library> Staged =
        Libraries([.. Directory.GetFiles(Folder, "*.dll"), .. Directory.GetFiles(Engine, "*.dll")]);

    private static readonly Dictionary<string, Library> Framework =
        Libraries(Directory.EnumerateFiles(Metadata("NetFrameworkReferences"), "*.dll", SearchOption.AllDirectories));

    public static TheoryData<string> Names { get; } = [.. Staged.Keys.Order()];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_reference_resolves_on_the_NET_Framework(string name)
    {
        Library library = Staged[name];
        foreach ((string referred, Version version) in library.References
            .Where(reference => reference.Name != PowerShell))
        {
            Library? found = Find(referred);
            Assert.True(
                found is not null,
                $"{name} needs {referred} {version}, which is neither staged nor in .NET Framework 4.7.2.");
            Assert.True(
                found.Version >= version || Redirected.Contains(referred),
                $"{name} needs {referred} {version}, but there is only {found.Version}.");
        }

        foreach ((string type, string assembly) in library.TypesReferredTo
            .Where(reference => reference.Assembly != PowerShell))
            Assert.True(Has(Find(assembly)!, type), $"{name} uses {type} of {assembly}, which has no such type.");
    }

    [Fact]
    public void The_commands_refer_to_nothing_that_import_would_have_to_load() =>
        Assert.Equal(
            ["MonitorToken", "MonitorToken.Engine", PowerShell, "netstandard"],
            Staged["MonitorToken.PowerShell"].References.Select(reference => reference.Name)
                .Order(StringComparer.Ordinal));

    [Fact]
    public void What_PowerShell_loads_by_path_needs_of_the_engine_s_folder_the_engine_alone()
    {
        string[] front = ["MonitorToken", "MonitorToken.PowerShell"];
        foreach (string name in front)
        {
            Assert.True(File.Exists(Path.Combine(Folder, name + ".dll")));
            Assert.All(
                Staged[name].References.Where(reference => reference.Name != PowerShell),
                reference => Assert.True(front.Contains(reference.Name) || reference.Name == "MonitorToken.Engine"
                    || Framework.ContainsKey(reference.Name), reference.Name));
        }

        // The other way round the engine needs one assembly that is not in its folder; EngineAssemblies hands it over.
        Assert.DoesNotContain(
            "MonitorToken.PowerShell",
            Staged.Values.Where(library => !front.Contains(library.Name)).SelectMany(library => library.References)
                .Select(reference => reference.Name));
    }

    [Theory]
    [InlineData("MonitorToken")]
    [InlineData("MonitorToken.Engine")]
    public void Only_the_commands_know_PowerShell(string name) =>
        Assert.DoesNotContain(PowerShell, Staged[name].References.Select(reference => reference.Name));

    private static Library? Find(string assembly) =>
        Staged.GetValueOrDefault(assembly) ?? Framework.GetValueOrDefault(assembly);

    private static bool Has(Library library, string type) =>
        library.Types.Contains(type)
        || (library.Forwards.TryGetValue(type, out string? target) && Find(target) is { } next && Has(next, type));

    internal static string Metadata(string key) =>
        typeof(AssemblyReferenceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == key)
            .Value!;

    private static Dictionary<string, Library> Libraries(IEnumerable<string> files) =>
        files
            .Select(Library.TryRead)
            .OfType<Library>()
            .ToDictionary(library => library.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>What an assembly defines, hands on and needs, read without loading it.</summary>
    private sealed record Library(
        string Name,
        Version Version,
        HashSet<string> Types,
        Dictionary<string, string> Forwards,
        List<(string Name, Version Version)> References,
        List<(string Type, string Assembly)> TypesReferredTo)
    {
        public static Library? TryRead(string path)
        {
            using var file = new PEReader(File.OpenRead(path));
            if (!file.HasMetadata || file.GetMetadataReader() is not { IsAssembly: true } reader)
                return null;

            AssemblyDefinition assembly = reader.GetAssemblyDefinition();
            var forwards = new Dictionary<string, string>();
            foreach (ExportedType type in reader.ExportedTypes.Select(reader.GetExportedType)
                .Where(type => type.Implementation.Kind == HandleKind.AssemblyReference))
                forwards[FullName(reader, type.Namespace, type.Name)]
                    = NameOf(reader, (AssemblyReferenceHandle)type.Implementation);

            return new Library(
                reader.GetString(assembly.Name),
                assembly.Version,
                [.. reader.TypeDefinitions.Select(reader.GetTypeDefinition).Where(type => type.GetDeclaringType().IsNil)
                    .Select(type => FullName(reader, type.Namespace, type.Name))],
                forwards,
                [.. reader.AssemblyReferences.Select(reader.GetAssemblyReference)
                    .Select(reference => (reader.GetString(reference.Name), reference.Version))],
                [
                    .. reader.TypeReferences.Select(reader.GetTypeReference)
                        .Where(type => type.ResolutionScope.Kind == HandleKind.AssemblyReference)
                        .Select(type => (
                            FullName(reader, type.Namespace, type.Name),
                            NameOf(reader, (AssemblyReferenceHandle)type.ResolutionScope))),
                ]);
        }

        private static string NameOf(MetadataReader reader, AssemblyReferenceHandle handle) =>
            reader.GetString(reader.GetAssemblyReference(handle).Name);

        private static string FullName(MetadataReader reader, StringHandle @namespace, StringHandle name) =>
            reader.GetString(@namespace) + "." + reader.GetString(name);
    }
}
