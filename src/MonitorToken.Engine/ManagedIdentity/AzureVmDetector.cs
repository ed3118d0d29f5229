using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// Detects from the firmware whether this machine is probably an Azure virtual machine. The result determines only
/// timeouts, never whether a managed identity is used.
/// </summary>
internal static class AzureVmDetector
{
    /// <summary>
    /// The chassis asset tag of all Azure virtual machines, by which cloud-init detects Azure too. Containers see it.
    /// </summary>
    private const string AssetTag = "7783-7084-3265-9085-8269-3286-77";

    /// <summary>The signature 'RSMB' of the raw SMBIOS table, for GetSystemFirmwareTable.</summary>
    private const uint RawSmbios = 0x52534D42;

    private static readonly Lazy<bool> Detected = new(() => HasTag(
        ToolPath.IsWindows ? ReadFirmware() : ReadFile("/sys/class/dmi/id/chassis_asset_tag")));

    /// <summary>Overrides the detection, for tests.</summary>
    internal static bool? Override { get; set; }

    /// <summary>Whether this machine is probably an Azure virtual machine.</summary>
    public static bool IsLikely => Override ?? Detected.Value;

    /// <summary>Whether an asset tag or SMBIOS table contains the tag of Azure.</summary>
    internal static bool HasTag(byte[] description) =>
        Encoding.ASCII.GetString(description).Contains(AssetTag);

    /// <summary>Reads a file; empty if it does not exist or may not be read.</summary>
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

    [SupportedOSPlatform("windows")]
    private static byte[] ReadFirmware()
    {
        uint size = GetSystemFirmwareTable(RawSmbios, 0, null, 0);
        byte[] table = new byte[size];
        return GetSystemFirmwareTable(RawSmbios, 0, table, size) == size ? table : [];
    }

    [SupportedOSPlatform("windows")]
    [DllImport("kernel32.dll", ExactSpelling = true)]
    private static extern uint GetSystemFirmwareTable(uint provider, uint table, byte[]? buffer, uint size);
}
