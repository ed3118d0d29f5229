namespace MonitorToken;

/// <summary>How an attempt to sign in has ended.</summary>
public enum CredentialTestStatus
{
    /// <summary>There is a token.</summary>
    Succeeded,

    /// <summary>This way of signing in is not set up here.</summary>
    Unavailable,

    /// <summary>It is set up, but gave no token.</summary>
    Failed,

    /// <summary>It was left out.</summary>
    NotTried,
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

    /// <summary>Why there is no token, in a sentence; null if there is one.</summary>
    public string? Reason { get; init; }

    /// <summary>What to do about it; null if there is a token.</summary>
    public string? RecommendedAction { get; init; }
}
