namespace MonitorToken;

/// <summary>The outcome of a credential test.</summary>
public enum CredentialTestStatus
{
    /// <summary>
    /// A token was obtained and, if a service was called with it, the service accepted the identity; or, if it accepts
    /// only POST, Resource Manager grants the identity what sending requires.
    /// </summary>
    Succeeded,

    /// <summary>This credential isn't set up on this machine.</summary>
    Unavailable,

    /// <summary>This credential is set up, but returned no token.</summary>
    Failed,

    /// <summary>This credential was excluded.</summary>
    NotTried,

    /// <summary>
    /// A token was obtained, but the service that was called with it denied access; or, if it accepts only POST,
    /// Resource Manager does not grant the identity what sending requires.
    /// </summary>
    Refused,

    /// <summary>
    /// A token was obtained, but the service's response, or the lack of one, says nothing about the identity's access,
    /// and Resource Manager can't show it either.
    /// </summary>
    Inconclusive,
}

/// <summary>The result of testing one credential.</summary>
public sealed class CredentialTest
{
    internal CredentialTest()
    {
    }

    /// <summary>The credential, such as <c>ManagedIdentity</c>.</summary>
    public required string CredentialName { get; init; }

    /// <summary>The audience that a token was requested for.</summary>
    public string? Resource { get; init; }

    /// <summary>The outcome.</summary>
    public required CredentialTestStatus Status { get; init; }

    /// <summary>How long the test took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>
    /// The identity: user principal name, application id or object id; null without a token or if the token is opaque.
    /// </summary>
    public string? Identity { get; init; }

    /// <summary>
    /// <c>User</c>, <c>ServicePrincipal</c> or <c>ManagedIdentity</c>; null without a token or if it does not say.
    /// </summary>
    public string? IdentityType { get; init; }

    /// <summary>The tenant that issued the token; null without a token.</summary>
    public string? TenantId { get; init; }

    /// <summary>When the token expires, in UTC; null without a token.</summary>
    public DateTimeOffset? ExpiresOn { get; init; }

    /// <summary>The HTTP status of the service that was called with the token; null without a response.</summary>
    public int? StatusCode { get; init; }

    /// <summary>
    /// Why there is no token, or the service's response, in one sentence; null if a test without -Uri succeeded.
    /// </summary>
    public string? Reason { get; init; }

    /// <summary>What to do about it; null if the test succeeded.</summary>
    public string? RecommendedAction { get; init; }
}
