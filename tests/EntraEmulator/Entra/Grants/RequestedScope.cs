namespace MonitorToken.EntraEmulator;

/// <summary>What a scope parameter asks for: permissions of one resource and, on behalf of a user, more.</summary>
internal sealed record RequestedScope(string Audience, IReadOnlyList<string> Permissions)
{
    private const string Default = ".default";
    private const string Graph = "https://graph.microsoft.com";

    // What has been consented to, whatever it is.
    private static readonly string[] Consented = ["user_impersonation"];

    private static readonly string[] OpenIdScopes = ["openid", "profile", "email", "offline_access"];

    /// <summary>Whether an id token is to come along.</summary>
    public bool OpenId { get; private init; }

    /// <summary>Whether a refresh token is to come along.</summary>
    public bool OfflineAccess { get; private init; }

    /// <summary>
    /// As the answer repeats it. Clients look their tokens up by it, so it has what they asked for and what they got.
    /// </summary>
    public string Granted { get; private init; } = "";

    /// <summary>The permissions of a token of version 1.</summary>
    public static RequestedScope ForResource(string resource) =>
        new(resource, Consented) { OpenId = true, OfflineAccess = true, Granted = Consented[0] };

    /// <summary>
    /// An app without a user gets what it has been given, and nothing by name. Scopes about a user are overlooked, not
    /// refused, though there is nobody.
    /// </summary>
    public static RequestedScope ForApp(string scope)
    {
        string[] asked = [.. scope.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Except(OpenIdScopes, StringComparer.OrdinalIgnoreCase)];
        return asked is [var one] && one.EndsWith("/" + Default, StringComparison.Ordinal)
            ? new(Split(one).Resource, [])
            : throw new EntraException(Refusals.NotDefaultScope(scope));
    }

    public static RequestedScope ForUser(string scope)
    {
        string[] all = scope.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        (string Resource, string Permission)[] asked =
            [.. all.Except(OpenIdScopes, StringComparer.OrdinalIgnoreCase).Select(Split)];
        // Only to know who the user is.
        if (asked.Length == 0)
            asked = [(Graph, "User.Read")];
        if (asked.Any(one => one.Resource != asked[0].Resource))
            throw new EntraException(Refusals.SeveralResources(scope));

        string[] permissions = [.. asked.Select(one => one.Permission).Where(permission => permission != Default)];
        if (permissions.Length == 0)
            permissions = Consented;
        return new(asked[0].Resource, permissions)
        {
            OpenId = all.Contains("openid", StringComparer.OrdinalIgnoreCase),
            OfflineAccess = all.Contains("offline_access", StringComparer.OrdinalIgnoreCase),
            Granted = string.Join(
                ' ',
                permissions.Union(asked.Select(one => one.Permission))
                    .Select(permission => $"{asked[0].Resource}/{permission}")),
        };
    }

    // Byte for byte: the scope of a resource with a trailing slash has two slashes. A bare name is one of Graph's.
    private static (string Resource, string Permission) Split(string scope)
    {
        int slash = scope.LastIndexOf('/');
        return slash < 0 ? (Graph, scope) : (scope[..slash], scope[(slash + 1)..]);
    }
}
