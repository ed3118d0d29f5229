using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using MonitorToken.EntraEmulator;

namespace MonitorToken.Tests.Framework;

/// <summary>The staged module in another folder.</summary>
internal static class ModuleCopy
{
    // Of a row of the table: after the hash algorithm and the major version.
    private const int MinorVersion = 6;

    /// <param name="folder">Where to put it.</param>
    /// <param name="without">A file to leave out.</param>
    public static string Create(string folder, string? without = null)
    {
        string copy = Path.Combine(folder, "MonitorToken");
        foreach (string file in Directory.EnumerateFiles(Repository.Module, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(Repository.Module, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (Path.GetFileName(file) != without)
                File.Copy(file, target);
        }

        return copy;
    }

    /// <summary>The commands have another version there, and are another build.</summary>
    public static string OfAnotherVersion(string folder)
    {
        string copy = Create(folder);
        string commands = Path.Combine(copy, "MonitorToken.PowerShell.dll");
        byte[] content = File.ReadAllBytes(commands);
        using var file = new PEReader(new MemoryStream(content));
        MetadataReader reader = file.GetMetadataReader();
        Span<byte> metadata = content.AsSpan(file.PEHeaders.MetadataStartOffset);

        int row = reader.GetTableMetadataOffset(TableIndex.Assembly);
        BinaryPrimitives.WriteUInt16LittleEndian(metadata[(row + MinorVersion)..], 99);
        Guid.NewGuid().TryWriteBytes(metadata[reader.GetHeapMetadataOffset(HeapIndex.Guid)..]);
        File.WriteAllBytes(commands, content);
        return copy;
    }
}
