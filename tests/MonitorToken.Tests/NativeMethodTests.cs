using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Processes;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>
/// Every function of the operating system that the module calls, in each build of it, is declared as it is documented:
/// by name, sizes and order of parameters, with the errors and characters that it has. What no machine of a developer
/// runs, such as a 32-bit Windows, is wrong in silence otherwise.
/// </summary>
public sealed class NativeMethodTests
{
    private const string Windows = "https://learn.microsoft.com/windows/win32/api/";

    /// <summary>From the functions' documentation. A handle or pointer is as long as an address.</summary>
    private static readonly Dictionary<string, Function> Documented = new(StringComparer.Ordinal)
    {
        ["kernel32.dll!CreateJobObjectW"] = new(
            Windows + "jobapi2/nf-jobapi2-createjobobjectw", "ptr", "ptr", "utf16")
        {
            IsUnicode = true,
        },
        ["kernel32.dll!SetInformationJobObject"] = new(
            Windows + "jobapi2/nf-jobapi2-setinformationjobobject", "bool32", "ptr", "32", "ptr", "32"),
        ["kernel32.dll!AssignProcessToJobObject"] = new(
            Windows + "jobapi2/nf-jobapi2-assignprocesstojobobject", "bool32", "ptr", "ptr"),
        ["kernel32.dll!CancelIoEx"] = new(Windows + "ioapiset/nf-ioapiset-cancelioex", "bool32", "ptr", "ptr"),
        ["kernel32.dll!GetOEMCP"] = new(Windows + "winnls/nf-winnls-getoemcp", "32"),
        ["kernel32.dll!GetSystemFirmwareTable"] = new(
            Windows + "sysinfoapi/nf-sysinfoapi-getsystemfirmwaretable", "32", "32", "32", "ptr", "32"),
        // pid_t and int have 32 bits on Linux and macOS, of 32 or 64 bits.
        ["libc!kill"] = new("https://man7.org/linux/man-pages/man2/kill.2.html", "32", "32", "32"),
        ["libc!access"] = new("https://man7.org/linux/man-pages/man2/access.2.html", "32", "utf8", "32"),
        ["libc!statx"] = new(
            "https://man7.org/linux/man-pages/man2/statx.2.html", "32", "32", "ptr", "32", "32", "ptr")
        {
            SetsLastError = true,
        },
    };

    public static TheoryData<string> Assemblies { get; } =
    [
        .. Directory.EnumerateFiles(Folder, "MonitorToken*.dll", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Folder, path)).Order(),
    ];

    private static string Folder => typeof(NativeMethodTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "ModuleFolder").Value!;

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Each_function_is_declared_as_it_is_documented(string assembly)
    {
        foreach ((string name, Function declared, bool isForWindows) in DeclaredIn(Path.Combine(Folder, assembly)))
        {
            Assert.True(Documented.TryGetValue(name, out Function? documented), $"{name} is new: give it a row here.");
            Assert.Equal(documented, declared with { Source = documented.Source });
            Assert.Equal(name.StartsWith("kernel32", StringComparison.Ordinal), isForWindows);
        }
    }

    [Fact]
    public void No_function_is_documented_here_that_nothing_calls() =>
        Assert.Equal(
            Documented.Keys.Order(),
            Assemblies.SelectMany(assembly => DeclaredIn(Path.Combine(Folder, assembly.Data))).Select(row => row.Name)
                .Distinct().Order());

    [Fact]
    public void A_job_s_limits_are_laid_out_as_in_64_and_32_bits()
    {
        Assert.Equal(144, Marshal.SizeOf<Limits64>());
        Assert.Equal(112, Marshal.SizeOf<Limits32>());
        Assert.Equal(16, Marshal.OffsetOf<Limits64>(nameof(Limits64.LimitFlags)));
        Assert.Equal(16, Marshal.OffsetOf<Limits32>(nameof(Limits32.LimitFlags)));
        byte[] limits = WindowsJob.Limits(killOnClose: true);
        Assert.Equal(IntPtr.Size == 8 ? Marshal.SizeOf<Limits64>() : Marshal.SizeOf<Limits32>(), limits.Length);
        Assert.Equal(0x2000u, MemoryMarshal.Read<Limits64>([.. limits, .. new byte[144 - limits.Length]]).LimitFlags);
    }

    [Fact]
    public void A_file_s_stamp_is_read_where_statx_writes_it()
    {
        Assert.Equal(FileStamp.StatxSize, Marshal.SizeOf<Statx>());
        Assert.Equal(FileStamp.StatxMode, Marshal.OffsetOf<Statx>(nameof(Statx.Mode)));
        Assert.Equal(FileStamp.StatxInode, Marshal.OffsetOf<Statx>(nameof(Statx.Inode)));
        Assert.Equal(FileStamp.StatxFileSize, Marshal.OffsetOf<Statx>(nameof(Statx.Size)));
        Assert.Equal(FileStamp.StatxChangeTime, Marshal.OffsetOf<Statx>(nameof(Statx.ChangeSeconds)));
    }

    private static List<(string Name, Function Declared, bool IsForWindows)> DeclaredIn(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader metadata = file.GetMetadataReader();
        var found = new List<(string, Function, bool)>();
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            MethodDefinition method = metadata.GetMethodDefinition(handle);
            MethodImport import = method.GetImport();
            if (import.Module.IsNil)
                continue;

            string library = metadata.GetString(metadata.GetModuleReference(import.Module).Name);
            bool isUnicode = (import.Attributes & MethodImportAttributes.CharSetMask)
                == MethodImportAttributes.CharSetUnicode;
            MethodSignature<string> signature = method.DecodeSignature(new Sizes(isUnicode), null);
            HashSet<int> asBool32 =
            [
                .. method.GetParameters().Select(metadata.GetParameter)
                    .Where(parameter => !parameter.GetMarshallingDescriptor().IsNil
                        && metadata.GetBlobBytes(parameter.GetMarshallingDescriptor())[0] == (byte)UnmanagedType.Bool)
                    .Select(parameter => parameter.SequenceNumber),
            ];
            // A bool that nothing is said of is a BOOL, too; said it is clearer.
            Assert.True(signature.ReturnType != "bool" || asBool32.Contains(0), "Say what size a bool has.");
            found.Add((
                $"{library}!{metadata.GetString(import.Name)}",
                new Function(
                    string.Empty,
                    signature.ReturnType == "bool" ? "bool32" : signature.ReturnType,
                    [.. signature.ParameterTypes])
                {
                    SetsLastError = import.Attributes.HasFlag(MethodImportAttributes.SetLastError),
                    IsUnicode = isUnicode,
                },
                method.GetCustomAttributes().Select(metadata.GetCustomAttribute)
                    .Any(attribute => IsForWindows(metadata, attribute))));
        }

        return found;
    }

    private static bool IsForWindows(MetadataReader metadata, CustomAttribute attribute) =>
        System.Text.Encoding.UTF8.GetString(metadata.GetBlobBytes(attribute.Value))
            .Contains("\u0007windows", StringComparison.Ordinal);

    /// <param name="Source">Where it is documented.</param>
    /// <param name="Returns">What it returns: bits, bool32, or ptr.</param>
    /// <param name="Parameters">Each likewise.</param>
    private sealed record Function(string Source, string Returns, params string[] Parameters)
    {
        public bool SetsLastError { get; init; }

        public bool IsUnicode { get; init; }

        public bool Equals(Function? other) => other?.ToString() == ToString();

        public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

        public override string ToString() =>
            $"{Returns} ({string.Join(", ", Parameters)}) error: {SetsLastError}, Unicode: {IsUnicode}, {Source}";
    }

    /// <summary>The size of each type as a native function sees it.</summary>
    private sealed class Sizes(bool isUnicode) : ISignatureTypeProvider<string, object?>
    {
        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode switch
        {
            PrimitiveTypeCode.Int32 or PrimitiveTypeCode.UInt32 => "32",
            PrimitiveTypeCode.Int64 or PrimitiveTypeCode.UInt64 => "64",
            PrimitiveTypeCode.IntPtr or PrimitiveTypeCode.UIntPtr => "ptr",
            PrimitiveTypeCode.Boolean => "bool",
            PrimitiveTypeCode.String => isUnicode ? "utf16" : "utf8",
            _ => typeCode.ToString(),
        };

        public string GetSZArrayType(string elementType) => "ptr";

        public string GetByReferenceType(string elementType) => "ptr";

        public string GetPointerType(string elementType) => "ptr";

        /// <summary>A SafeHandle.</summary>
        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            string name = reader.GetString(reader.GetTypeReference(handle).Name);
            return name.EndsWith("Handle", StringComparison.Ordinal) ? "ptr" : name;
        }

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            reader.GetString(reader.GetTypeDefinition(handle).Name);

        public string GetTypeFromSpecification(
            MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => "?";

        public string GetArrayType(string elementType, ArrayShape shape) => "?";

        public string GetFunctionPointerType(MethodSignature<string> signature) => "?";

        public string GetGenericInstantiation(
            string genericType, System.Collections.Immutable.ImmutableArray<string> typeArguments) => "?";

        public string GetGenericMethodParameter(object? genericContext, int index) => "?";

        public string GetGenericTypeParameter(object? genericContext, int index) => "?";

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

        public string GetPinnedType(string elementType) => elementType;
    }

#pragma warning disable CS0649 // The fields are there for their places.

    /// <summary>JOBOBJECT_EXTENDED_LIMIT_INFORMATION of winnt.h.</summary>
    private struct Limits64
    {
        public long PerProcessUserTimeLimit;
        public long PerJobUserTimeLimit;
        public uint LimitFlags;
        public ulong MinimumWorkingSetSize;
        public ulong MaximumWorkingSetSize;
        public uint ActiveProcessLimit;
        public ulong Affinity;
        public uint PriorityClass;
        public uint SchedulingClass;
        public IoCounters IoInfo;
        public ulong ProcessMemoryLimit;
        public ulong JobMemoryLimit;
        public ulong PeakProcessMemoryUsed;
        public ulong PeakJobMemoryUsed;
    }

    /// <summary>The same where SIZE_T and ULONG_PTR have 32 bits.</summary>
    private struct Limits32
    {
        public long PerProcessUserTimeLimit;
        public long PerJobUserTimeLimit;
        public uint LimitFlags;
        public uint MinimumWorkingSetSize;
        public uint MaximumWorkingSetSize;
        public uint ActiveProcessLimit;
        public uint Affinity;
        public uint PriorityClass;
        public uint SchedulingClass;
        public IoCounters IoInfo;
        public uint ProcessMemoryLimit;
        public uint JobMemoryLimit;
        public uint PeakProcessMemoryUsed;
        public uint PeakJobMemoryUsed;
    }

    private struct IoCounters
    {
        public ulong ReadOperationCount;
        public ulong WriteOperationCount;
        public ulong OtherOperationCount;
        public ulong ReadTransferCount;
        public ulong WriteTransferCount;
        public ulong OtherTransferCount;
    }

    /// <summary>struct statx of linux/stat.h.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Statx
    {
        public uint Mask;
        public uint BlockSize;
        public ulong Attributes;
        public uint Links;
        public uint User;
        public uint Group;
        public ushort Mode;
        public ushort Spare;
        public ulong Inode;
        public ulong Size;
        public ulong Blocks;
        public ulong AttributesMask;
        public long AccessSeconds;
        public uint AccessNanoseconds;
        public int AccessReserved;
        public long BirthSeconds;
        public uint BirthNanoseconds;
        public int BirthReserved;
        public long ChangeSeconds;
    }
}
