namespace MonitorToken;

/// <summary>Why a token could not be had. The names are the error ids that scripts see.</summary>
internal enum TokenError
{
    AuthenticationFailed,
    CredentialUnavailable,
    ResourceNotFound,
    InteractionRequired,
    AuthorityUnreachable,
    Throttled,
    InvalidResponse,
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
    /// <summary>Those of services are shorter.</summary>
    private const int LongestId = 64;

    private readonly string? _correlationId;
    private readonly string? _traceId;

    internal TokenException(TokenError error, string message, string recommendedAction)
        : base(TextSanitizer.Lines(message))
    {
        Error = error;
        RecommendedAction = TextSanitizer.OneLine(recommendedAction);
        IsTransient = error is TokenError.AuthorityUnreachable or TokenError.Throttled or TokenError.Timeout
            or TokenError.InvalidResponse or TokenError.CredentialUnavailable;
    }

    internal TokenError Error { get; }

    /// <summary>
    /// Whether it says nothing about the identity: the same request may succeed later, so a token in hand stays good.
    /// </summary>
    internal bool IsTransient { get; init; }

    /// <summary>What to do about it, in a sentence or two.</summary>
    public string RecommendedAction { get; }

    /// <summary>Entra's error code, such as <c>AADSTS7000215</c>; null where Entra did not answer with one.</summary>
    public string? ErrorCode { get; internal init; }

    /// <summary>Entra's correlation id, which Microsoft support asks for; null where there was no answer.</summary>
    public string? CorrelationId
    {
        get => _correlationId;
        internal init => _correlationId = Id(value);
    }

    /// <summary>Entra's trace id of the failed request; null where there was no answer.</summary>
    public string? TraceId
    {
        get => _traceId;
        internal init => _traceId = Id(value);
    }

    /// <summary>
    /// The claims that Entra wants in the next request, as JSON for <c>-Claims</c>; null where it wants none.
    /// </summary>
    public string? Claims { get; internal init; }

    /// <summary>
    /// From when on it makes sense to try again, in UTC: because the identity service has asked to wait, or because a
    /// call before then waits until that time by itself. Null where nothing speaks against trying at once.
    /// </summary>
    public DateTimeOffset? RetryAfter { get; internal init; }

    /// <summary>The credential that failed, such as <c>ClientSecret</c>; null where none was tried.</summary>
    public string? CredentialName { get; internal init; }

    /// <summary>Returns a copy of the exception with another message, and optionally another action.</summary>
    internal TokenException With(string message, DateTimeOffset? retryAfter, string? recommendedAction = null) =>
        new(Error, message, recommendedAction ?? RecommendedAction)
        {
            IsTransient = IsTransient,
            ErrorCode = ErrorCode,
            CorrelationId = CorrelationId,
            TraceId = TraceId,
            Claims = Claims,
            RetryAfter = retryAfter,
            CredentialName = CredentialName,
        };

    /// <summary>Whoever answers can write anything where an id should be, a token too.</summary>
    private static string? Id(string? value) =>
        value?.Length is > 0 and <= LongestId
        && value.All(letter => letter is (>= '0' and <= '9') or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or '-')
            ? value
            : null;
}
