using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Azure.Core.Pipeline;

namespace MonitorToken.Engine.Http;

/// <summary>Connections that no proxy sees, whatever HTTP_PROXY and HTTPS_PROXY say.</summary>
internal static class DirectTransport
{
    private static readonly ConcurrentDictionary<string, HttpPipelineTransport> ByThumbprint =
        new(StringComparer.OrdinalIgnoreCase);

    public static HttpPipelineTransport Shared { get; } = new HttpClientTransport(new HttpClient(Handler()));

    /// <summary>To a host whose certificate nobody vouches for; it is known by its thumbprint.</summary>
    public static HttpPipelineTransport For(string thumbprint) => ByThumbprint.GetOrAdd(thumbprint, known =>
    {
        HttpClientHandler handler = Handler();
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, errors) =>
            errors == SslPolicyErrors.None || HasThumbprint(certificate, known);
        return new HttpClientTransport(new HttpClient(handler));
    });

    private static HttpClientHandler Handler() =>
        new() { UseProxy = false, UseCookies = false, AllowAutoRedirect = false };

    private static bool HasThumbprint(X509Certificate2? certificate, string thumbprint) =>
        certificate?.GetCertHashString().Equals(thumbprint, StringComparison.OrdinalIgnoreCase) == true;
}
