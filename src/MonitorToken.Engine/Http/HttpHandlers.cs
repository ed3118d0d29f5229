using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;

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
    public static HttpMessageHandler Direct { get; } = Create();

    /// <summary>Connects through the proxy, if one is configured, except to the metadata service.</summary>
    public static HttpMessageHandler Proxied { get; } = new ProxyHandler();

    /// <summary>
    /// Connects directly to a host with a self-signed certificate (Service Fabric), which is pinned by its SHA-1
    /// thumbprint.
    /// </summary>
    public static HttpMessageHandler Pinned(string thumbprint) => ByThumbprint.GetOrAdd(thumbprint, known =>
    {
        HttpClientHandler handler = Create();
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, errors) =>
            errors == SslPolicyErrors.None
            || string.Equals(certificate?.GetCertHashString(), known, StringComparison.OrdinalIgnoreCase);
        return handler;
    });

    private static HttpClientHandler Create(bool useProxy = false, IWebProxy? proxy = null) =>
        new() { UseProxy = useProxy, Proxy = proxy, UseCookies = false, AllowAutoRedirect = false };

    /// <summary>
    /// Chooses the proxy for each request: the variables' or the process's default one, which may have several
    /// addresses to try. None for the metadata service: if AZURE_REGIONAL_AUTHORITY_NAME or MSAL_FORCE_REGION is set,
    /// MSAL looks up the region there in the middle of a request to Entra. The response decides which host receives a
    /// secret, so a proxy must not be able to return it.
    /// </summary>
    private sealed class ProxyHandler : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _direct = new(Direct);
        private readonly HttpMessageInvoker _byVariables = new(Create(useProxy: true, new EnvironmentProxy()));
        private readonly HttpMessageInvoker _byDefault = new(Create(useProxy: true));

        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken) =>
            (HostAllowListHandler.IsMetadataService(request.RequestUri!) ? _direct
                : EnvironmentProxy.Decides(request.RequestUri!) ? _byVariables
                : _byDefault).SendAsync(request, cancellationToken);
    }
}
