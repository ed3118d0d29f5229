namespace MonitorToken;

/// <summary>
/// Why no token could be obtained, or a request failed. The names are the error ids that scripts see.
/// </summary>
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
    ModuleChanged,
    RequestFailed,
    ServiceUnreachable,
}

/// <summary>
/// Thrown when no token could be obtained. The message is readable on its own and never contains a secret. A request of
/// Invoke-MonitorRestMethod that fails although there is a token throws a <see cref="RequestException"/>.
/// </summary>
public class TokenException : Exception
{
    /// <summary>In characters. Chosen: the ids of Microsoft's services are GUIDs, which have 36.</summary>
    private const int MaxIdLength = 64;

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
    /// Whether the failure says nothing about the identity, so that the same request may succeed later and a token that
    /// is still valid stays in use.
    /// </summary>
    internal bool IsTransient { get; init; }

    /// <summary>What to do about the failure, in one or two sentences.</summary>
    public string RecommendedAction { get; }

    /// <summary>
    /// The error code: Entra's, such as <c>AADSTS7000215</c>, or that of the service that was called, such as
    /// <c>InsufficientAccessError</c>; null if the response has none.
    /// </summary>
    public string? ErrorCode { get; internal init; }

    /// <summary>Entra's correlation id, which Microsoft support asks for; null without a response.</summary>
    public string? CorrelationId
    {
        get => _correlationId;
        internal init => _correlationId = Id(value);
    }

    /// <summary>Entra's trace id of the failed request; null without a response.</summary>
    public string? TraceId
    {
        get => _traceId;
        internal init => _traceId = Id(value);
    }

    /// <summary>
    /// The claims challenge, as JSON to pass to <c>-Claims</c> in the next request; null if Entra sent none.
    /// </summary>
    public string? Claims { get; internal init; }

    /// <summary>
    /// The earliest time to try again, in UTC: the identity service asked to wait until then, or an earlier call would
    /// be delayed until then. Null if the request can be repeated at once.
    /// </summary>
    public DateTimeOffset? RetryAfter { get; internal init; }

    /// <summary>The credential that failed, such as <c>ClientSecret</c>; null if none was tried.</summary>
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

    /// <summary>
    /// Returns the value if it looks like an id; otherwise null, because a faulty response could contain anything,
    /// even a token.
    /// </summary>
    private protected static string? Id(string? value) =>
        value?.Length is > 0 and <= MaxIdLength
        && value.All(letter => letter is (>= '0' and <= '9') or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or '-')
            ? value
            : null;
}
