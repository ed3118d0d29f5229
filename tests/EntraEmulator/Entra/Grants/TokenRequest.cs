using System.Text;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>A request to a token endpoint, as the grants see it.</summary>
internal sealed class TokenRequest
{
    private readonly Dictionary<string, string> _form;
    private readonly Tenant? _tenant;

    public TokenRequest(HttpContext context, Emulator emulator)
    {
        Context = context;
        Emulator = emulator;
        _tenant = context.IsForSharedTenant() ? null : context.Tenant(emulator.Directory);
        _form = new(context.Recorded().Form, StringComparer.Ordinal);
        AddBasicCredentials(context.Request.Headers.Authorization.ToString());
    }

    public HttpContext Context { get; }

    public Emulator Emulator { get; }

    public EntraDirectory Directory => Emulator.Directory;

    /// <summary>The tenant of an app that asks for itself, which the path must name.</summary>
    public Tenant Tenant => _tenant ?? throw new EntraException(Refusals.NoTenant());

    public string? Optional(string name) =>
        _form.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    public string Required(string name) => Optional(name) ?? throw new EntraException(Refusals.MissingParameter(name));

    /// <summary>The app that asks.</summary>
    public App FindApp() => Directory.AppOf(_tenant, Required("client_id"));

    /// <summary>The resource that is asked for.</summary>
    public Resource FindResource(string audience) => Directory.FindResource(audience, Context.Cloud())
        ?? throw new EntraException(Refusals.UnknownResource(audience, (_tenant ?? Directory.Tenant).DisplayName));

    /// <summary>The user of the tenant that signs in where nobody says who does.</summary>
    public User FirstUser() => Directory.UsersOf(_tenant).FirstOrDefault()
        ?? throw new EntraException(Refusals.UnknownUser("anyone", Tenant.DisplayName));

    /// <summary>How the app proved itself for a user's token; public clients need not.</summary>
    public string AuthenticateForUser(App app) => ClientAuthentication.Check(this, app)
        ?? (app.IsPublicClient
            ? ClientAuthentication.None
            : throw new EntraException(Refusals.MissingClientCredential()));

    /// <summary>Tokens of the user for the app.</summary>
    public TokenGrant GrantTo(SignIn signIn, string authentication)
    {
        User user = signIn.User;
        if (_tenant is not null && _tenant != user.Tenant)
            throw new EntraException(Refusals.ForeignUser(user, _tenant.DisplayName));
        return new(user.Tenant, signIn.App.ClientId, user.ObjectId, Audience: "", signIn.App.UserTokenLifetime)
        {
            SignIn = signIn,
            Authentication = authentication,
        };
    }

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
