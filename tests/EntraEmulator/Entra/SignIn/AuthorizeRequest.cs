using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// What an app sent a browser to ask a user for. Making one fails with what cannot be told to the app, because it is
/// not known who it is.
/// </summary>
internal sealed class AuthorizeRequest
{
    private readonly HttpContext _context;
    private readonly EntraDirectory _directory;

    public AuthorizeRequest(HttpContext context, EntraDirectory directory)
    {
        _context = context;
        _directory = directory;
        Tenant? tenant = context.IsForSharedTenant() ? null : context.Tenant(directory);
        App = directory.AppOf(tenant, Required("client_id"));
        RedirectUri = Required("redirect_uri");
        if (!App.MayRedirectTo(RedirectUri))
            throw new EntraException(Refusals.UnknownRedirectUri(RedirectUri, App.ClientId));
        Users = [.. directory.UsersOf(tenant)];
        if (Users.Count == 0)
            throw new EntraException(Refusals.UnknownUser(
                Optional("login_hint") ?? "anyone", (tenant ?? directory.Tenant).DisplayName));
    }

    public App App { get; }

    public string RedirectUri { get; }

    /// <summary>Who could sign in.</summary>
    public IReadOnlyList<User> Users { get; }

    /// <summary>Who is expected to.</summary>
    public User Expected => Optional("login_hint") is { } hint && FindUser(hint) is { } hinted ? hinted : Users[0];

    public string Scope => Required("scope");

    /// <summary>Fails with what the app is told.</summary>
    public void Check()
    {
        if (Required("response_type") != "code")
            throw new EntraException(Refusals.UnsupportedResponseType(Required("response_type")));
        if (Optional("code_challenge") is not null && Optional("code_challenge_method") != "S256")
            throw new EntraException(Refusals.Malformed());
        // Nobody has signed in before: there are no sessions here.
        if (Optional("prompt") == "none")
            throw new EntraException(Refusals.LoginRequired());
        string audience = RequestedScope.ForUser(Scope).Audience;
        if (_directory.FindResource(audience, _context.Cloud()) is null)
            throw new EntraException(Refusals.UnknownResource(audience, Expected.Tenant.DisplayName));
    }

    public User? FindUser(string name) =>
        Users.FirstOrDefault(user => user.UserPrincipalName.Equals(name, StringComparison.OrdinalIgnoreCase));

    public AuthorizationCode Code(User user) =>
        new(new SignIn(user, App, Scope) { Nonce = Optional("nonce") }, RedirectUri, Optional("code_challenge"));

    public string? Optional(string name) =>
        _context.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    private string Required(string name) => Optional(name) ?? throw new EntraException(Refusals.MissingParameter(name));
}
