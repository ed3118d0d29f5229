using System.Net;

namespace MonitorToken.Engine.Http;

/// <summary>
/// The proxy that the environment variables name at the moment; without them, the default proxy of the process. .NET
/// reads the variables once, at the first request of the process, so a proxy that is set after a failure would have no
/// effect; .NET Framework does not read them at all. Names and syntax are those of .NET's HttpEnvironmentProxy.
/// </summary>
internal sealed class EnvironmentProxy : IWebProxy, ICredentials
{
    private static readonly char[] Comma = [','];

    private static IWebProxy? OfProcess =>
#if NET
        HttpClient.DefaultProxy;
#else
        WebRequest.DefaultWebProxy;
#endif

    /// <summary>The credentials in the address of the proxy, or those of the default proxy.</summary>
    public ICredentials? Credentials
    {
        get => this;
        set => throw new NotSupportedException();
    }

    /// <summary>Returns the address of the proxy for a destination; null or the destination itself for none.</summary>
    public Uri? GetProxy(Uri destination) =>
        HasVariables ? Read(destination)?.Address : OfProcess?.GetProxy(destination);

    /// <summary>Whether the destination is reached without a proxy.</summary>
    public bool IsBypassed(Uri host) => HasVariables ? Read(host) is null : OfProcess?.IsBypassed(host) != false;

    /// <summary>Returns the credentials for a proxy; null for none.</summary>
    /// <param name="uri">The address of the proxy.</param>
    /// <param name="authType">The authentication scheme that it asks for.</param>
    public NetworkCredential? GetCredential(Uri uri, string authType)
    {
        if (!HasVariables)
            return OfProcess?.Credentials?.GetCredential(uri, authType);

        foreach (string scheme in new[] { Uri.UriSchemeHttps, Uri.UriSchemeHttp })
        {
            if (Parse(AddressFor(scheme)) is { } proxy && proxy.Address == uri)
                return proxy.Credential;
        }

        return null;
    }

    private static bool HasVariables =>
        AddressFor(Uri.UriSchemeHttps) is not null || AddressFor(Uri.UriSchemeHttp) is not null;

    /// <summary>Reads the variables; null if the destination is reached without a proxy.</summary>
    private static (Uri Address, NetworkCredential? Credential)? Read(Uri destination)
    {
        string[] exceptions = (Variable("no_proxy") ?? Variable("NO_PROXY") ?? string.Empty)
            .Split(Comma, StringSplitOptions.RemoveEmptyEntries);
        return exceptions.Any(exception => Matches(exception.Trim(), destination.Host))
            ? null
            : Parse(AddressFor(destination.Scheme));
    }

    /// <summary>
    /// Whether an entry of NO_PROXY applies. A name matches one host; with a leading dot, a domain and its subdomains.
    /// </summary>
    private static bool Matches(string exception, string host) =>
        exception.Length > 0 && exception[0] == '.'
            ? ("." + host).EndsWith(exception, StringComparison.OrdinalIgnoreCase)
            : string.Equals(exception, host, StringComparison.OrdinalIgnoreCase);

    // HTTP_PROXY in upper case is ignored under CGI (GATEWAY_INTERFACE), where the client controls it through its Proxy
    // header (the "httpoxy" vulnerability).
    private static string? AddressFor(string scheme) =>
        (scheme == Uri.UriSchemeHttps
            ? Variable("https_proxy") ?? Variable("HTTPS_PROXY")
            : Variable("http_proxy") ?? (Variable("GATEWAY_INTERFACE") is null ? Variable("HTTP_PROXY") : null))
        ?? Variable("all_proxy") ?? Variable("ALL_PROXY");

    private static (Uri Address, NetworkCredential? Credential)? Parse(string? value)
    {
        if (value is null)
            return null;

        int start = value.IndexOf("://", StringComparison.Ordinal) is >= 0 and int colon ? colon + 3 : 0;
        string scheme = start == 0 ? "http://" : value.Substring(0, start);
        int at = value.LastIndexOf('@');
        string host = value.Substring(at < start ? start : at + 1);
        if (!Uri.TryCreate(scheme + host, UriKind.Absolute, out Uri? address))
            return null;

        if (at < start)
            return (address, null);

        string[] user = Uri.UnescapeDataString(value.Substring(start, at - start)).Split([':'], 2);
        string[] name = user[0].Split(['\\'], 2);
        string password = user.Length > 1 ? user[1] : string.Empty;
        return (
            address,
            name.Length > 1
                ? new NetworkCredential(name[1], password, name[0])
                : new NetworkCredential(user[0], password));
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
