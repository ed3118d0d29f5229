namespace MonitorToken;

/// <summary>How an attempt to sign in has ended.</summary>
public enum CredentialTestStatus
{
    /// <summary>There is a token, and the service that was called with it, if any, lets the identity in.</summary>
    Succeeded,

    /// <summary>This way of signing in is not set up here.</summary>
    Unavailable,

    /// <summary>It is set up, but gave no token.</summary>
    Failed,

    /// <summary>It was left out.</summary>
    NotTried,

    /// <summary>There is a token, but the service that was called with it does not let the identity in.</summary>
    Refused,

    /// <summary>
    /// There is a token, but what the service has answered, or that it has not, tells nothing about the identity.
    /// </summary>
    Inconclusive,
}

/// <summary>What came of one way of signing in.</summary>
public sealed class CredentialTest
{
    internal CredentialTest()
    {
    }

    /// <summary>The way of signing in, such as <c>ManagedIdentity</c>.</summary>
    public required string CredentialName { get; init; }

    /// <summary>How it has ended.</summary>
    public required CredentialTestStatus Status { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>
    /// As whom: the user principal name, application id or object id; null without a token that tells.
    /// </summary>
    public string? Identity { get; init; }

    /// <summary>
    /// <c>User</c>, <c>ServicePrincipal</c> or <c>ManagedIdentity</c>; null without a token that tells.
    /// </summary>
    public string? IdentityType { get; init; }

    /// <summary>The tenant that issued the token; null without a token.</summary>
    public string? TenantId { get; init; }

    /// <summary>When the token expires, in UTC; null without a token.</summary>
    public DateTimeOffset? ExpiresOn { get; init; }

    /// <summary>The HTTP status of the service that was called with the token; null where none has answered.</summary>
    public int? StatusCode { get; init; }

    /// <summary>
    /// Why there is no token, or what the service has said, in a sentence; null where it has succeeded.
    /// </summary>
    public string? Reason { get; init; }

    /// <summary>What to do about it; null where it has succeeded.</summary>
    public string? RecommendedAction { get; init; }
}
