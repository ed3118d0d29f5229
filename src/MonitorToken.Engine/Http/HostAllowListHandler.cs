using System.Net;
using System.Net.Sockets;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Enforces the host allow-list of one credential: the hosts that the caller named, and those that belong to Entra.
/// Requests to any other host are refused, no matter where the URI came from: a library, a variable or a response.
/// The innermost handler before the connection, so that it sees each request as it is sent.
/// </summary>
internal sealed class HostAllowListHandler : DelegatingHandler
{
    /// <summary>The link-local address of the metadata service (IMDS) on every Azure virtual machine.</summary>
    public const string MetadataHost = "169.254.169.254";

    /// <summary>
    /// Top-level domains that public DNS does not have: RFC 6762 (.local) and the ICANN resolution of 2024 (.internal).
    /// </summary>
    private static readonly string[] PrivateDomains = [".local", ".internal"];

    private readonly string _name;
    private readonly CredentialOptions? _entra;
    private readonly bool _areLocal;
    private readonly Uri[] _endpoints;
    private readonly MonitorResource? _resource;

    private HostAllowListHandler(
        string name, HttpMessageHandler connection, CredentialOptions? entra, bool areLocal, params Uri?[] endpoints)
        : base(connection) =>
        (_name, _entra, _areLocal, _endpoints) = (name, entra, areLocal, [.. endpoints.OfType<Uri>()]);

    private HostAllowListHandler(MonitorResource resource)
        : this(resource.Name, HttpHandlers.Proxied, entra: null, areLocal: false) => _resource = resource;

    /// <summary>Allows the authority with its aliases, and the issuer of an assertion if there is one.</summary>
    public static HostAllowListHandler ForEntra(string name, CredentialOptions options, Uri? assertionIssuer = null) =>
        new(name, HttpHandlers.Proxied, options, areLocal: false, assertionIssuer);

    /// <summary>
    /// Allows the managed identity endpoints of this host, most of which do not support TLS. The connection bypasses the
    /// proxy, because the response is a token that is meant for this machine only.
    /// </summary>
    public static HostAllowListHandler ForThisHost(string name, string? thumbprint, params Uri?[] endpoints) =>
        new(
            name,
            thumbprint is null ? HttpHandlers.Direct : HttpHandlers.Pinned(thumbprint),
            entra: null,
            areLocal: true,
            endpoints);

    public static HostAllowListHandler ForService(string name, Uri endpoint) =>
        new(name, HttpHandlers.Proxied, entra: null, areLocal: false, endpoint);

    /// <summary>Allows the hosts of a resource, which its audience owns.</summary>
    public static HostAllowListHandler ForResource(MonitorResource resource) => new(resource);

    public static bool IsMetadataService(Uri address) => address.Host == MetadataHost;

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Check(request);
        return base.SendAsync(request, cancellationToken);
    }

    /// <summary>Checks a request before it is sent.</summary>
    /// <exception cref="TokenException">
    /// The host is not on the list, or the request would be sent without TLS.
    /// </exception>
    public void Check(HttpRequestMessage request)
    {
        Uri address = request.RequestUri!;
        if (IsRegionLookup(request))
            return;
        if (!IsAllowed(address))
            throw TokenErrors.Create(
                TokenError.InvalidAuthority,
                $"{_name} tried to send a request to {address.Host}, which is neither the authority host "
                    + "nor known to belong to it. Nothing was sent.",
                "Check -AuthorityHost, AZURE_AUTHORITY_HOST, AZURE_REGIONAL_AUTHORITY_NAME and MSAL_FORCE_REGION.",
                _name);

        if (address.Scheme != Uri.UriSchemeHttps && !(_areLocal ? IsOnLocalNetwork(address) : address.IsLoopback))
            throw TokenErrors.Create(
                TokenError.InvalidAuthority,
                $"{_name} tried to send a secret to {address.Host} without TLS. Nothing was sent.",
                "Specify an https URI.",
                _name);
    }

    /// <summary>
    /// Whether a request is MSAL's lookup of the Azure region. It carries no secret, and from the response MSAL uses
    /// only a word of letters and digits, which it prepends to the authority's own host.
    /// </summary>
    public static bool IsRegionLookup(HttpRequestMessage request) =>
        request.Method == HttpMethod.Get && IsMetadataService(request.RequestUri!)
        && request.RequestUri!.AbsolutePath.StartsWith("/metadata/instance/", StringComparison.OrdinalIgnoreCase);

    private bool IsAllowed(Uri address) =>
        Array.Exists(_endpoints, endpoint => IsSameHost(endpoint, address))
        || (_resource is not null && ServiceTransport.IsOf(_resource, address))
        || (_entra is { Authority: { } authority, DisableInstanceDiscovery: var isTrusted }
            && (InstanceDiscovery.IsDiscoveryHost(address)
                || ((isTrusted || InstanceDiscovery.IsKnown(authority)) && authority.Owns(address))));

    private static bool IsSameHost(Uri one, Uri other) =>
        one.Port == other.Port && string.Equals(one.Host, other.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a host is on the local network: loopback, link-local (RFC 3927, RFC 4291) or private (RFC 1918, RFC
    /// 4193), or a name that only private networks have. The endpoints of App Service, Automation, Arc, Cloud Shell,
    /// clusters and the metadata service are there.
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
