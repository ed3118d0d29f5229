namespace MonitorToken;

/// <summary>
/// What a token says of itself. Its signature was not checked: that is the business of the service that the token is
/// meant for, and nothing here proves that the token is genuine.
/// </summary>
public sealed class TokenClaims
{
    internal TokenClaims(IReadOnlyDictionary<string, object?> claims) => Claims = claims;

    /// <summary>Whom the token is for (<c>aud</c>): an address, or the id of an application.</summary>
    public string? Audience { get; internal init; }

    /// <summary>Who issued it (<c>iss</c>).</summary>
    public string? Issuer { get; internal init; }

    /// <summary>The tenant (<c>tid</c>).</summary>
    public string? TenantId { get; internal init; }

    /// <summary>
    /// The user principal name, the application's id, or the object id: the first that the token has.
    /// </summary>
    public string? Identity { get; internal init; }

    /// <summary>
    /// <c>User</c>, <c>ServicePrincipal</c> or <c>ManagedIdentity</c>; null where the token does not tell.
    /// </summary>
    public string? IdentityType { get; internal init; }

    /// <summary>The application that asked for it (<c>appid</c> or <c>azp</c>).</summary>
    public string? ClientId { get; internal init; }

    /// <summary>The identity's object id in the tenant (<c>oid</c>).</summary>
    public string? ObjectId { get; internal init; }

    /// <summary>What an application may do (<c>roles</c>).</summary>
    public IReadOnlyList<string> Roles { get; internal init; } = [];

    /// <summary>What the user has allowed (<c>scp</c>).</summary>
    public IReadOnlyList<string> Scopes { get; internal init; } = [];

    /// <summary>When it was issued (<c>iat</c>), in UTC.</summary>
    public DateTimeOffset? IssuedAt { get; internal init; }

    /// <summary>From when on it is valid (<c>nbf</c>), in UTC.</summary>
    public DateTimeOffset? NotBefore { get; internal init; }

    /// <summary>When it ceases to be valid (<c>exp</c>), in UTC.</summary>
    public DateTimeOffset? ExpiresOn { get; internal init; }

    /// <summary>Whether the signature was checked: never.</summary>
    public bool IsSignatureChecked { get; }

    /// <summary>Every claim by its name in the token: strings, numbers, booleans, arrays and dictionaries.</summary>
    public IReadOnlyDictionary<string, object?> Claims { get; }
}
