namespace MonitorToken;

/// <summary>Why a token could not be had. The names are the error ids that scripts see.</summary>
internal enum TokenError
{
    AuthenticationFailed,
    CredentialUnavailable,
    ResourceNotFound,
    InteractionRequired,
    AuthorityUnreachable,
    TokenCacheUnavailable,
    Timeout,
    InvalidResource,
    InvalidAuthority,
    InvalidTenant,
    InvalidCertificate,
    InvalidCredential,
    InvalidToken,
    InvalidOption,
}

/// <summary>A token could not be had. The message is one readable sentence and never contains a secret.</summary>
public sealed class TokenException : Exception
{
    internal TokenException(TokenError error, string message, string recommendedAction)
        : base(message)
    {
        Error = error;
        RecommendedAction = recommendedAction;
    }

    internal TokenError Error { get; }

    /// <summary>What to do about it, in a sentence or two.</summary>
    public string RecommendedAction { get; }

    /// <summary>Entra's error code, such as <c>AADSTS7000215</c>; null where Entra did not answer with one.</summary>
    public string? ErrorCode { get; internal init; }

    /// <summary>Entra's correlation id, which Microsoft support asks for; null where there was no answer.</summary>
    public string? CorrelationId { get; internal init; }

    /// <summary>Entra's trace id of the failed request; null where there was no answer.</summary>
    public string? TraceId { get; internal init; }

    /// <summary>The claims that Entra wants in the next request, as JSON for <c>-Claims</c>; null where it wants none.</summary>
    public string? Claims { get; internal init; }

    /// <summary>The credential that failed, such as <c>ClientSecret</c>; null where none was tried.</summary>
    public string? CredentialName { get; internal init; }
}
