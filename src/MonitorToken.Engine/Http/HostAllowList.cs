using System.Net;
using System.Net.Sockets;

namespace MonitorToken.Engine.Http;

/// <summary>
/// To whom the requests of one credential may go: whoever the caller named, and what belongs to Entra. Everything else is
/// refused, whatever a library, a variable or an answer has made of the address.
/// </summary>
internal sealed class HostAllowList
{
    /// <summary>The address of the metadata service on every Azure virtual machine.</summary>
    public const string MetadataHost = "169.254.169.254";

    /// <summary>No public DNS has them: RFC 6762, and ICANN's resolution on .internal.</summary>
    private static readonly string[] PrivateDomains = [".local", ".internal"];

    private readonly Authority? _authority;
    private readonly bool _disableInstanceDiscovery;
    private readonly Uri[] _endpoints;
    private readonly bool _areLocal;

    private HostAllowList(Authority? authority, bool disableInstanceDiscovery, bool areLocal, Uri?[] endpoints)
    {
        (_authority, _disableInstanceDiscovery, _areLocal) = (authority, disableInstanceDiscovery, areLocal);
        _endpoints = [.. endpoints.OfType<Uri>()];
    }

    /// <summary>The authority with Entra's other names for it, and the issuer of an assertion, if there is one.</summary>
    public static HostAllowList ForEntra(CredentialOptions options, Uri? assertionIssuer = null) =>
        new(options.Authority, options.DisableInstanceDiscovery, areLocal: false, [assertionIssuer]);

    /// <summary>The endpoints that this host has for managed identities; most of them do not speak TLS.</summary>
    public static HostAllowList ForThisHost(params Uri?[] endpoints) =>
        new(authority: null, disableInstanceDiscovery: true, areLocal: true, endpoints);

    /// <summary>The service that a token is for.</summary>
    public static HostAllowList ForService(Uri endpoint) =>
        new(authority: null, disableInstanceDiscovery: true, areLocal: false, [endpoint]);

    /// <summary>Whether the authority is on it.</summary>
    public bool IncludesEntra => _authority is not null;

    /// <summary>Whether a request is one for the metadata service at its well-known address.</summary>
    public static bool IsMetadataService(Uri address) =>
        string.Equals(address.Host, MetadataHost, StringComparison.Ordinal);

    /// <exception cref="TokenException">The request must not be sent.</exception>
    public void Check(HttpRequestMessage request, string credentialName)
    {
        Uri address = request.RequestUri!;
        if (IsRegionLookup(request))
            return;
        if (!IsAllowed(address))
            throw new TokenException(
                TokenError.InvalidAuthority,
                $"{credentialName} was about to send a request to {address.Host}, which is neither the authority host nor "
                    + "known to belong to it. Nothing was sent.",
                "Check -AuthorityHost, AZURE_AUTHORITY_HOST, AZURE_REGIONAL_AUTHORITY_NAME and MSAL_FORCE_REGION.")
            {
                CredentialName = credentialName,
            };

        if (address.Scheme != Uri.UriSchemeHttps && !(_areLocal ? IsOnLocalNetwork(address) : address.IsLoopback))
            throw new TokenException(
                TokenError.InvalidAuthority,
                $"{credentialName} was about to send a secret to {address.Host} without TLS. Nothing was sent.",
                "Specify an https address.")
            {
                CredentialName = credentialName,
            };
    }

    /// <summary>
    /// It carries no secret, and MSAL takes nothing from the answer but a word of letters and digits, which it puts before
    /// an authority's own host.
    /// </summary>
    public static bool IsRegionLookup(HttpRequestMessage request) =>
        request.Method == HttpMethod.Get && IsMetadataService(request.RequestUri!)
        && request.RequestUri!.AbsolutePath.StartsWith("/metadata/instance/", StringComparison.OrdinalIgnoreCase);

    private bool IsAllowed(Uri address) =>
        Array.Exists(_endpoints, endpoint => IsSameHost(endpoint, address))
        || (_authority is { } authority
            && (InstanceDiscovery.IsDiscoveryHost(address)
                || ((_disableInstanceDiscovery || InstanceDiscovery.IsKnown(authority)) && authority.Owns(address))));

    private static bool IsSameHost(Uri one, Uri other) =>
        one.Port == other.Port && string.Equals(one.Host, other.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Loopback, link-local or private addresses, and names that are for private networks alone: where the endpoints of App
    /// Service, Automation, Arc, Cloud Shell, clusters and the metadata service are.
    /// </summary>
    internal static bool IsOnLocalNetwork(Uri address)
    {
        if (address.IsLoopback
            || (address.HostNameType == UriHostNameType.Dns && address.Host.IndexOf('.') < 0)
            || Array.Exists(
                PrivateDomains, domain => address.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase)))
            return true;
        if (!IPAddress.TryParse(address.DnsSafeHost, out IPAddress? ip))
            return false;

        byte[] bytes = ip.GetAddressBytes();
        return ip.AddressFamily == AddressFamily.InterNetworkV6
            ? ip.IsIPv6LinkLocal || (bytes[0] & 0xFE) == 0xFC
            : bytes[0] == 10
                || (bytes[0] == 172 && bytes[1] is >= 16 and <= 31)
                || (bytes[0] == 192 && bytes[1] == 168)
                || (bytes[0] == 169 && bytes[1] == 254);
    }
}

/// <summary>The last step before the wire: only to whom the list allows.</summary>
internal sealed class HostAllowListHandler(HostAllowList allowed, string credentialName, HttpMessageHandler inner)
    : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        allowed.Check(request, credentialName);
        return base.SendAsync(request, cancellationToken);
    }
}
