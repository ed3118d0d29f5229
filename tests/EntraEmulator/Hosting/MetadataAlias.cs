using System.Net;
using System.Net.NetworkInformation;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The address of Azure's metadata service, as an alias of the loopback interface. Where it is anything else, it may be
/// somebody's real one, and nothing here may come near it.
/// </summary>
internal static class MetadataAlias
{
    /// <exception cref="InvalidOperationException">The loopback interface does not have it.</exception>
    public static IPAddress Require()
    {
        var address = IPAddress.Parse(Hosts.Metadata);
        bool isAlias = NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.NetworkInterfaceType == NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Any(unicast => unicast.Address.Equals(address));
        return isAlias
            ? address
            : throw new InvalidOperationException(
                $"{Hosts.Metadata} is no alias of the loopback interface. Run this in a network namespace of its own: "
                + "unshare -n sh -c 'ip link set lo up && ip addr add 169.254.169.254/32 dev lo && …'.");
    }
}
