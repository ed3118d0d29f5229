using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken.Engine.Http;

/// <summary>
/// The primary handlers, which own the connections. They are shared by the whole process, so connections are reused.
/// None of them follows redirects, because a secret or token must not be sent to the target of one.
/// </summary>
internal static class HttpHandlers
{
    private static readonly ConcurrentDictionary<string, HttpMessageHandler> ByThumbprint =
        new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Connects directly, regardless of HTTP_PROXY and HTTPS_PROXY.</summary>
    public static HttpMessageHandler Direct { get; } = Create(useProxy: false);

    /// <summary>Connects through the proxy, if one is configured, except to the metadata service.</summary>
    public static HttpMessageHandler Proxied { get; } = new ProxyUnlessMetadataHandler(Create(useProxy: true), Direct);

    /// <summary>
    /// Connects directly to a host with a self-signed certificate (Service Fabric), which is pinned by its thumbprint.
    /// </summary>
    /// <param name="thumbprint">The SHA-1 thumbprint of the certificate, in hexadecimal.</param>
    public static HttpMessageHandler Pinned(string thumbprint) => ByThumbprint.GetOrAdd(thumbprint, known =>
    {
        HttpClientHandler handler = Create(useProxy: false);
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, errors) =>
            errors == SslPolicyErrors.None || HasThumbprint(certificate, known);
        return handler;
    });

    private static HttpClientHandler Create(bool useProxy) =>
        new()
        {
            UseProxy = useProxy,
            Proxy = useProxy ? new EnvironmentProxy() : null,
            UseCookies = false,
            AllowAutoRedirect = false,
        };

    private static bool HasThumbprint(X509Certificate2? certificate, string thumbprint) =>
        certificate?.GetCertHashString().Equals(thumbprint, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>
    /// Bypasses the proxy for the metadata service. If AZURE_REGIONAL_AUTHORITY_NAME or MSAL_FORCE_REGION is set, MSAL
    /// looks up the region there in the middle of a request to Entra. The response decides which host receives a
    /// secret, so a proxy must not be able to give it.
    /// </summary>
    private sealed class ProxyUnlessMetadataHandler(HttpMessageHandler proxied, HttpMessageHandler direct)
        : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _proxied = new(proxied, disposeHandler: false);
        private readonly HttpMessageInvoker _direct = new(direct, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken) =>
            (HostAllowList.IsMetadataService(request.RequestUri!) ? _direct : _proxied)
                .SendAsync(request, cancellationToken);
    }
}
