using System.Runtime.InteropServices;
using System.Text;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// Reads from the firmware whether this machine may be one of Azure's virtual machines. Azure gives all of them the
/// same chassis asset tag, which containers on them see too. It is a hint for how long to wait, and never decides
/// anything.
/// </summary>
internal static class AzureVmDetector
{
    private const string AssetTag = "7783-7084-3265-9085-8269-3286-77";
    private const string LinuxPath = "/sys/class/dmi/id/chassis_asset_tag";

    /// <summary>'RSMB', the provider of the SMBIOS table, in the byte order that Windows wants.</summary>
    private const uint RawSmbios = 0x52534D42;

    private static readonly Lazy<bool> Hint = new(() =>
        Path.DirectorySeparatorChar == '\\' ? HasTag(ReadFirmware()) : HasTag(ReadFile(LinuxPath)));

    /// <summary>Takes the place of what the firmware says, for tests, which run on machines of either kind.</summary>
    internal static bool? Override { get; set; }

    public static bool IsLikely => Override ?? Hint.Value;

    internal static bool HasTag(byte[] description) =>
        Encoding.ASCII.GetString(description).Contains(AssetTag);

    internal static byte[] ReadFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static byte[] ReadFirmware()
    {
        uint size = GetSystemFirmwareTable(RawSmbios, 0, null, 0);
        byte[] table = new byte[size];
        return GetSystemFirmwareTable(RawSmbios, 0, table, size) == size ? table : [];
    }

    [DllImport("kernel32.dll", ExactSpelling = true)]
    private static extern uint GetSystemFirmwareTable(uint provider, uint table, byte[]? buffer, uint size);
}
