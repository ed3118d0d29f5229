using System.Net;

namespace MonitorToken.Engine.Http;

/// <summary>
/// The proxy that the environment variables name at the moment. .NET reads the variables once, at the first request of
/// the process, so a proxy that is set after a failure would have no effect; .NET Framework does not read them at all.
/// Names, precedence and syntax are those of .NET's HttpEnvironmentProxy.
/// </summary>
internal sealed class EnvironmentProxy : IWebProxy, ICredentials
{
    /// <summary>The schemes of proxies that the runtime can use. Without one, it is http.</summary>
    private static readonly string[] Prefixes =
#if NET
        ["http://", "https://", "socks4://", "socks4a://", "socks5://"];
#else
        ["http://"];
#endif

    /// <summary>The credentials in the URI of the proxy.</summary>
    public ICredentials? Credentials
    {
        get => this;
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// Whether the variables, and not the process's default proxy, decide how a destination is reached. In .NET one of
    /// them decides for all schemes. In Windows PowerShell, where the runtime does not know them, each decides for its
    /// own, so that HTTP_PROXY alone does not replace the proxy of Windows for https.
    /// </summary>
    public static bool Decides(Uri destination) =>
#if NET
        ForScheme(Uri.UriSchemeHttps) is not null || ForScheme(Uri.UriSchemeHttp) is not null;
#else
        ForScheme(destination.Scheme) is not null;
#endif

    public Uri? GetProxy(Uri destination) => Read(destination)?.Address;

    public bool IsBypassed(Uri host) => Read(host) is null;

    public NetworkCredential? GetCredential(Uri uri, string authType) =>
        new[] { Uri.UriSchemeHttps, Uri.UriSchemeHttp }.Select(ForScheme)
            .FirstOrDefault(proxy => proxy?.Address == uri)?.Credential;

    /// <summary>Reads the variables; null if the destination is reached without a proxy.</summary>
    private static (Uri Address, NetworkCredential? Credential)? Read(Uri destination)
    {
        string[] exceptions = (Variable("no_proxy") ?? Variable("NO_PROXY") ?? string.Empty)
            .Split([','], StringSplitOptions.RemoveEmptyEntries);
        return exceptions.Any(exception => Matches(exception.Trim(), destination.Host))
            ? null
            : ForScheme(destination.Scheme);
    }

    /// <summary>A name excepts one host; with a dot before it, a domain and its subdomains.</summary>
    private static bool Matches(string exception, string host) =>
        exception.Length > 0 && exception[0] == '.'
            ? ("." + host).EndsWith(exception, StringComparison.OrdinalIgnoreCase)
            : string.Equals(exception, host, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The proxy for a scheme; a variable without a valid URI is skipped. A web server that runs scripts by CGI
    /// sets HTTP_PROXY from a header of the request (httpoxy), so it does not count there.
    /// </summary>
    private static (Uri Address, NetworkCredential? Credential)? ForScheme(string scheme) =>
        (scheme == Uri.UriSchemeHttps
            ? Parse("https_proxy") ?? Parse("HTTPS_PROXY")
            : Parse("http_proxy") ?? (Variable("GATEWAY_INTERFACE") is null ? Parse("HTTP_PROXY") : null))
        ?? Parse("all_proxy") ?? Parse("ALL_PROXY");

    private static (Uri Address, NetworkCredential? Credential)? Parse(string variable)
    {
        if (Variable(variable) is not { } value)
            return null;

        string prefix = Prefixes.FirstOrDefault(
            known => value.StartsWith(known, StringComparison.OrdinalIgnoreCase)) ?? string.Empty;
        string authority = value.Substring(prefix.Length);
        int at = authority.LastIndexOf('@');
        string host = authority.Substring(at + 1);
        // The rest of a URI with another scheme.
        if (host.Contains("://")
            || !Uri.TryCreate((prefix.Length == 0 ? "http://" : prefix) + host, UriKind.Absolute, out Uri? address)
            || address.Host.Length == 0)
            return null;

        if (address.Port < 0)
            address = new UriBuilder(address) { Port = 80 }.Uri;
        return (address, at < 0 ? null : CredentialFrom(Uri.UnescapeDataString(authority.Substring(0, at))));
    }

    private static NetworkCredential CredentialFrom(string userInfo)
    {
        // Neither a user nor a password: the account that runs this, by Kerberos or NTLM.
        if (userInfo == ":")
            return CredentialCache.DefaultNetworkCredentials;

        string[] user = userInfo.Split([':'], 2);
        string[] name = user[0].Split(['\\'], 2);
        string password = user.Length > 1 ? user[1] : string.Empty;
        return name.Length > 1
            ? new NetworkCredential(name[1], password, name[0])
            : new NetworkCredential(user[0], password);
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
