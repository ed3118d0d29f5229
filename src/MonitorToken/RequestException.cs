namespace MonitorToken;

/// <summary>
/// Thrown when an Azure Monitor service refused a request, could not be reached, or sent a response that cannot be used.
/// The message has the service's own error code and message, and never a token.
/// </summary>
public sealed class RequestException : TokenException
{
    private readonly string? _requestId;

    internal RequestException(TokenError error, string message, string recommendedAction)
        : base(error, message, recommendedAction)
    {
    }

    /// <summary>The HTTP status of the response; null without a response.</summary>
    public int? StatusCode { get; internal init; }

    /// <summary>The service's id of the request, which Microsoft support asks for; null if it sent none.</summary>
    public string? RequestId
    {
        get => _requestId;
        internal init => _requestId = Id(value);
    }
}
