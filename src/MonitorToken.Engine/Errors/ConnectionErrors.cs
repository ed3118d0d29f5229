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
        chain.Reverse().Select(Clause).FirstOrDefault(clause => clause is not null) ?? "the connection was closed.";

    private static string? Clause(Exception exception) => exception switch
    {
        AuthenticationException
            or WebException { Status: WebExceptionStatus.TrustFailure or WebExceptionStatus.SecureChannelFailure } =>
            "a secure connection couldn't be established, because the certificate isn't trusted on this machine, "
                + "isn't currently valid, or belongs to another host.",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }
            or WebException { Status: WebExceptionStatus.NameResolutionFailure } =>
            "DNS can't resolve its name.",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "the connection was refused.",
        SocketException
        {
            SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown,
        } => "the connection was closed.",
        SocketException { SocketErrorCode: SocketError.TimedOut } => "there was no response.",
        SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable } =>
            "its network can't be reached.",
        WebException { Status: WebExceptionStatus.ProxyNameResolutionFailure } =>
            "DNS can't resolve the proxy's name.",
        SocketException or WebException => "the connection failed.",
#if NET
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } =>
            "the proxy refused to connect to it, or requires a password.",
#endif
        _ => null,
    };
}
