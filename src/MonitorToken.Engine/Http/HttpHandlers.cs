using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken.Engine.Http;

/// <summary>
/// What connects, at the end of every chain of handlers. One of a kind serves the whole process and keeps its
/// connections. None follows a redirect: a secret or token must not go along to wherever that leads.
/// </summary>
internal static class HttpHandlers
{
    private static readonly ConcurrentDictionary<string, HttpMessageHandler> ByThumbprint =
        new(StringComparer.OrdinalIgnoreCase);

    /// <summary>No proxy sees these connections, whatever HTTP_PROXY and HTTPS_PROXY say.</summary>
    public static HttpMessageHandler Direct { get; } = Create(useProxy: false);

    /// <summary>The process's proxy, where it has one, for everything but the metadata service.</summary>
    public static HttpMessageHandler Proxied { get; } = new ProxyUnlessMetadataHandler(Create(useProxy: true), Direct);

    /// <summary>Direct, to a host whose certificate no authority has signed but whose thumbprint is known.</summary>
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
    /// MSAL looks up the region at the metadata service where AZURE_REGIONAL_AUTHORITY_NAME or MSAL_FORCE_REGION is
    /// set, in the middle of a request to Entra. What answers decides where a secret goes, and a proxy is not it.
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
