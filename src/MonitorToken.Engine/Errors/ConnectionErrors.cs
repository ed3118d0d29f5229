using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace MonitorToken.Engine.Errors;

/// <summary>Why a service could not be reached, in words that are neither the runtime's nor the system's.</summary>
internal static class ConnectionErrors
{
    /// <param name="chain">An exception and what is inside it.</param>
    public static string Describe(IReadOnlyList<Exception> chain)
    {
        if (chain.OfType<AuthenticationException>().Any())
            return "no secure connection came about, because its certificate is not trusted here, "
                + "is not valid now or is another host's.";

        if (chain.OfType<SocketException>().FirstOrDefault() is { } socket)
            return socket.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
                    "its name is not known to the DNS.",
                SocketError.ConnectionRefused => "the connection was refused.",
                SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown =>
                    "the connection was cut off.",
                SocketError.TimedOut => "nothing has answered at its address.",
                SocketError.NetworkUnreachable or SocketError.HostUnreachable => "there is no route to its network.",
                _ => "the connection failed.",
            };

        if (chain.OfType<WebException>().FirstOrDefault() is { } web)
            return web.Status switch
            {
                WebExceptionStatus.NameResolutionFailure => "its name is not known to the DNS.",
                WebExceptionStatus.ProxyNameResolutionFailure => "the proxy's name is not known to the DNS.",
                WebExceptionStatus.TrustFailure or WebExceptionStatus.SecureChannelFailure =>
                    "no secure connection came about, because its certificate is not trusted here, "
                        + "is not valid now or is another host's.",
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
