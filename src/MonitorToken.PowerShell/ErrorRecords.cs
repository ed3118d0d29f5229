using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Converts the engine's exceptions to PowerShell error records.</summary>
internal static class ErrorRecords
{
    public static ErrorRecord From(TokenException exception, object? target) =>
        new(exception, exception.Error.ToString(), CategoryOf(exception.Error), target)
        {
            ErrorDetails = new ErrorDetails(exception.Message) { RecommendedAction = exception.RecommendedAction },
        };

    private static ErrorCategory CategoryOf(TokenError error) => error switch
    {
        TokenError.AuthenticationFailed or TokenError.InteractionRequired => ErrorCategory.AuthenticationError,
        TokenError.CredentialUnavailable or TokenError.ModuleChanged => ErrorCategory.ResourceUnavailable,
        TokenError.ResourceNotFound => ErrorCategory.ObjectNotFound,
        TokenError.AuthorityUnreachable => ErrorCategory.ConnectionError,
        TokenError.Timeout => ErrorCategory.OperationTimeout,
        TokenError.Throttled => ErrorCategory.LimitsExceeded,
        TokenError.InvalidResponse => ErrorCategory.InvalidResult,
        _ => ErrorCategory.InvalidArgument,
    };
}
