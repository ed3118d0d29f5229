using System.Text;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>A request to a token endpoint, as the grants see it.</summary>
internal sealed class TokenRequest
{
    private readonly Dictionary<string, string> _form;

    public TokenRequest(HttpContext context, EntraDirectory directory)
    {
        Context = context;
        Directory = directory;
        Tenant = context.Tenant(directory);
        _form = new(context.Recorded().Form, StringComparer.Ordinal);
        AddBasicCredentials(context.Request.Headers.Authorization.ToString());
    }

    public HttpContext Context { get; }

    public EntraDirectory Directory { get; }

    public Tenant Tenant { get; }

    public string? Optional(string name) => _form.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    public string Required(string name) => Optional(name) ?? throw new EntraException(EntraError.MissingParameter(name));

    // OAuth allows client id and secret in the Authorization header, each form-encoded, in place of the body.
    private void AddBasicCredentials(string header)
    {
        const string Basic = "Basic ";
        if (!header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return;

        byte[] decoded = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Basic.Length..], decoded, out int length))
            return;

        string[] pair = Encoding.UTF8.GetString(decoded, 0, length).Split(':', 2);
        _form.TryAdd("client_id", System.Net.WebUtility.UrlDecode(pair[0]));
        if (pair.Length == 2)
            _form.TryAdd("client_secret", System.Net.WebUtility.UrlDecode(pair[1]));
    }
}
