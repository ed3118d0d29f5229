using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace MonitorToken.Engine.Errors;

/// <summary>
/// Describes why a service could not be reached, in one clause that is the same on all platforms. The messages of the
/// runtime and the operating system are localized and differ between platforms.
/// </summary>
internal static class ConnectionErrors
{
    /// <summary>Describes a connection failure.</summary>
    /// <param name="chain">The exception with its inner exceptions, outermost first.</param>
    public static string Describe(IReadOnlyList<Exception> chain)
    {
        if (chain.OfType<AuthenticationException>().Any())
            return "a secure connection could not be established, because its certificate is not trusted here, "
                + "is not valid now, or belongs to another host.";

        if (chain.OfType<SocketException>().FirstOrDefault() is { } socket)
            return socket.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
                    "its name is not known to the DNS.",
                SocketError.ConnectionRefused => "the connection was refused.",
                SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown =>
                    "the connection was cut off.",
                SocketError.TimedOut => "nothing has answered at its address.",
                SocketError.NetworkUnreachable or SocketError.HostUnreachable => "its network cannot be reached.",
                _ => "the connection failed.",
            };

        if (chain.OfType<WebException>().FirstOrDefault() is { } web)
            return web.Status switch
            {
                WebExceptionStatus.NameResolutionFailure => "its name is not known to the DNS.",
                WebExceptionStatus.ProxyNameResolutionFailure => "the proxy's name is not known to the DNS.",
                WebExceptionStatus.TrustFailure or WebExceptionStatus.SecureChannelFailure =>
                    "a secure connection could not be established, because its certificate is not trusted here, "
                        + "is not valid now, or belongs to another host.",
                _ => "the connection failed.",
            };

#if NET
        if (chain.OfType<HttpRequestException>()
            .Any(http => http.HttpRequestError == HttpRequestError.ProxyTunnelError))
            return "the proxy refuses to connect to it, or wants a password first.";
#endif

        return "the connection was cut off.";
    }
}
