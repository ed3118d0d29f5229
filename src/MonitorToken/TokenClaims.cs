namespace MonitorToken;

/// <summary>
/// The claims of a token. The signature is not validated, so nothing here proves that the token is genuine; validating
/// it is up to the service that the token is meant for.
/// </summary>
public sealed class TokenClaims
{
    internal TokenClaims(IReadOnlyDictionary<string, object?> claims) => Claims = claims;

    /// <summary>The audience (<c>aud</c>): a URI, or the id of an application.</summary>
    public string? Audience { get; internal init; }

    /// <summary>The issuer (<c>iss</c>).</summary>
    public string? Issuer { get; internal init; }

    /// <summary>The tenant (<c>tid</c>).</summary>
    public string? TenantId { get; internal init; }

    /// <summary>
    /// The identity: the user principal name, the application id or the object id, whichever the token has first.
    /// </summary>
    public string? Identity { get; internal init; }

    /// <summary>
    /// <c>User</c>, <c>ServicePrincipal</c> or <c>ManagedIdentity</c>; null if the token does not say.
    /// </summary>
    public string? IdentityType { get; internal init; }

    /// <summary>The application that requested the token (<c>appid</c> or <c>azp</c>).</summary>
    public string? ClientId { get; internal init; }

    /// <summary>The identity's object id in the tenant (<c>oid</c>).</summary>
    public string? ObjectId { get; internal init; }

    /// <summary>The token's id in Entra's sign-in logs (<c>uti</c>).</summary>
    public string? UniqueTokenIdentifier { get; internal init; }

    /// <summary>The application permissions (<c>roles</c>).</summary>
    public IReadOnlyList<string> Roles { get; internal init; } = [];

    /// <summary>The delegated permissions that the user has consented to (<c>scp</c>).</summary>
    public IReadOnlyList<string> Scopes { get; internal init; } = [];

    /// <summary>When the token was issued (<c>iat</c>), in UTC.</summary>
    public DateTimeOffset? IssuedAt { get; internal init; }

    /// <summary>When the token becomes valid (<c>nbf</c>), in UTC.</summary>
    public DateTimeOffset? NotBefore { get; internal init; }

    /// <summary>When the token expires (<c>exp</c>), in UTC.</summary>
    public DateTimeOffset? ExpiresOn { get; internal init; }

    /// <summary>Whether the signature was validated: always false.</summary>
    public bool IsSignatureChecked { get; }

    /// <summary>All claims by name. Values are strings, numbers, booleans, arrays and dictionaries.</summary>
    public IReadOnlyDictionary<string, object?> Claims { get; }
}
