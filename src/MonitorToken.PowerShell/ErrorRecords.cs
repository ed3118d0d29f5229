using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Converts the engine's exceptions to PowerShell error records.</summary>
internal static class ErrorRecords
{
    public static ErrorRecord From(TokenException exception, object? target) =>
        new(exception, exception.Error.ToString(), CategoryOfException(exception), target)
        {
            ErrorDetails = new ErrorDetails(exception.Message) { RecommendedAction = exception.RecommendedAction },
        };

    private static ErrorCategory CategoryOfException(TokenException exception) =>
        exception is RequestException { Error: TokenError.RequestFailed, StatusCode: { } status }
            ? CategoryOfStatus(status)
            : CategoryOf(exception.Error);

    private static ErrorCategory CategoryOfStatus(int status) => status switch
    {
        400 => ErrorCategory.InvalidArgument,
        401 => ErrorCategory.AuthenticationError,
        403 => ErrorCategory.PermissionDenied,
        404 or 410 => ErrorCategory.ObjectNotFound,
        408 or 504 => ErrorCategory.OperationTimeout,
        409 or 412 => ErrorCategory.ResourceExists,
        429 => ErrorCategory.LimitsExceeded,
        >= 500 => ErrorCategory.ResourceUnavailable,
        _ => ErrorCategory.InvalidOperation,
    };

    private static ErrorCategory CategoryOf(TokenError error) => error switch
    {
        TokenError.AuthenticationFailed or TokenError.InteractionRequired => ErrorCategory.AuthenticationError,
        TokenError.CredentialUnavailable or TokenError.ModuleChanged => ErrorCategory.ResourceUnavailable,
        TokenError.ResourceNotFound => ErrorCategory.ObjectNotFound,
        TokenError.AuthorityUnreachable or TokenError.ServiceUnreachable => ErrorCategory.ConnectionError,
        TokenError.Timeout => ErrorCategory.OperationTimeout,
        TokenError.Throttled => ErrorCategory.LimitsExceeded,
        TokenError.InvalidResponse => ErrorCategory.InvalidResult,
        TokenError.RequestFailed => ErrorCategory.InvalidOperation,
        _ => ErrorCategory.InvalidArgument,
    };
}
