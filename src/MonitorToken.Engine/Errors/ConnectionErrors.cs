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
    /// <summary>Describes a connection failure by its exception and inner exceptions, outermost first.</summary>
    public static string Describe(IReadOnlyList<Exception> chain) =>
        // The innermost exception is the most specific one.
        chain.Reverse().Select(Clause).FirstOrDefault(clause => clause is not null) ?? "the connection was cut off.";

    private static string? Clause(Exception exception) => exception switch
    {
        AuthenticationException
            or WebException { Status: WebExceptionStatus.TrustFailure or WebExceptionStatus.SecureChannelFailure } =>
            "a secure connection could not be established, because its certificate is not trusted here, "
                + "is not valid now, or belongs to another host.",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }
            or WebException { Status: WebExceptionStatus.NameResolutionFailure } =>
            "its name is not known to the DNS.",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "the connection was refused.",
        SocketException
        {
            SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown,
        } => "the connection was cut off.",
        SocketException { SocketErrorCode: SocketError.TimedOut } => "nothing has answered at its address.",
        SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable } =>
            "its network cannot be reached.",
        WebException { Status: WebExceptionStatus.ProxyNameResolutionFailure } =>
            "the proxy's name is not known to the DNS.",
        SocketException or WebException => "the connection failed.",
#if NET
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } =>
            "the proxy refuses to connect to it, or wants a password first.",
#endif
        _ => null,
    };
}
