using MonitorToken.Engine.AccessCheck;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Rest;

/// <summary>Creates the exceptions of requests that failed although there was a token.</summary>
internal static class RequestErrors
{
    /// <summary>The headers in which services send their id of the request, the most specific one first.</summary>
    private static readonly string[] RequestIds =
        ["x-ms-request-id", "x-ms-client-request-id", "request-id", "x-request-id"];

    private static readonly string[] CorrelationIds = ["x-ms-correlation-request-id", "x-ms-correlation-id"];

    /// <summary>Creates the exception for a response that refuses the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="response">The response.</param>
    /// <param name="beginning">The beginning of its body.</param>
    /// <param name="token">The token that was sent.</param>
    public static RequestException Refused(
        RestRequest request, HttpResponseMessage response, ReadOnlyMemory<byte> beginning, string token)
    {
        var answer = new ServiceAnswer(response, beginning, token);
        string host = request.Uri.Host;
        return new RequestException(
            TokenError.RequestFailed,
            $"{host} answers with {answer.Reason}",
            ActionOn(request, answer, JsonWebToken.TryRead(token)?.IdentityType))
        {
            StatusCode = answer.Status,
            ErrorCode = answer.Codes.Count > 0 ? answer.Codes[0] : null,
            RequestId = First(response, RequestIds),
            CorrelationId = First(response, CorrelationIds),
            RetryAfter = answer.RetryAfter,
        };
    }

    /// <summary>Creates the exception for a request that got no response.</summary>
    public static RequestException NoResponse(Exception exception, string host, TimeSpan timeout) =>
        exception is OperationCanceledException
            ? new RequestException(
                TokenError.Timeout,
                $"{host} has not answered within {timeout.TotalSeconds:0.#} seconds.",
                "Give it longer with -TimeoutSec; if it stays so, check the network and the proxy (HTTPS_PROXY). "
                    + "-Verbose shows each request.")
            : new RequestException(
                TokenError.ServiceUnreachable,
                $"{host} could not be reached: {ConnectionErrors.Describe([.. TokenErrors.Unwrap(exception)])}",
                "Check the address, the network and the proxy (HTTPS_PROXY); -Verbose shows each request. A request "
                    + "that changes something may have been received, and is not sent again by itself.");

    /// <summary>Creates the exception for a response that broke off.</summary>
    public static RequestException BrokeOff(Exception exception, HttpResponseMessage response, TimeSpan timeout)
    {
        string host = response.RequestMessage?.RequestUri?.Host ?? "The service";
        return exception is OperationCanceledException
            ? new RequestException(
                TokenError.Timeout,
                $"{host} has begun to answer, and then sent nothing for {timeout.TotalSeconds:0.#} seconds.",
                "Give it longer with -TimeoutSec; if it stays so, check the network and the proxy (HTTPS_PROXY).")
            {
                StatusCode = (int)response.StatusCode,
                RequestId = First(response, RequestIds),
            }
            : new RequestException(
                TokenError.ServiceUnreachable,
                $"The response of {host} broke off: {ConnectionErrors.Describe([.. TokenErrors.Unwrap(exception)])}",
                "What was returned so far is not all: send the request again.")
            {
                StatusCode = (int)response.StatusCode,
                RequestId = First(response, RequestIds),
            };
    }

    /// <summary>Creates the exception for a response that says it is JSON, and is not.</summary>
    public static RequestException NotJson(string host) =>
        Invalid(
            $"The response of {host} is not valid JSON, or is cut off.",
            "What was returned so far is not all: send the request again; if it stays so, check that no proxy changes "
                + "what passes it.");

    public static RequestException NoTables(string host) =>
        Invalid(
            $"The response of {host} has no tables with columns and rows.",
            "Leave -AsTable out: it is for the queries of Log Analytics and Application Insights.");

    public static RequestException Page(string host) =>
        Invalid(
            $"{host} answers with a web page.",
            "The service itself sends no web pages: check that no proxy, firewall or login page answers in its place.");

    public static RequestException NotText(string host) =>
        Invalid($"The response of {host} is not text.", "Save it with -OutFile.");

    /// <summary>Creates the exception for a page that leads to a host which must not receive the token.</summary>
    public static RequestException ForeignPage(string host) =>
        Invalid(
            $"The next page of {host} is said to be at an address that does not belong to the same resource. Nothing was "
                + "sent there.",
            "A token is sent only to hosts of its own resource. Without -FollowPages the response itself shows the "
                + "address: check that no proxy has changed it.");

    public static RequestException NoNextPage(string host) =>
        Invalid(
            $"{host} has another page, which cannot be requested, because -Body is no JSON object.",
            "Give the query of Resource Graph as a hashtable, or as JSON.");

    public static RequestException PagesRepeat(string host) =>
        Invalid(
            $"{host} names a page as the next one that it has sent before.",
            "What was returned so far is all that there is, or the service is at fault: narrow the query, or report it "
                + "to the service.");

    private static RequestException Invalid(string message, string action) =>
        new(TokenError.InvalidResponse, message, action);

    /// <summary>
    /// What to do about a refusal: for a refusal of the identity, and for a service that is busy, what the access test
    /// recommends.
    /// </summary>
    private static string ActionOn(RestRequest request, ServiceAnswer answer, string? identityType)
    {
        var advice = AccessAdvice.For(request.Resource);
        return answer.IsPage || answer.Status is 401 or 403 or 408 or 429 or >= 500 || answer.HasCode("ApiVersion")
                ? advice.OutcomeOf(answer, identityType).RecommendedAction!
            : answer.Status < 400
                ? "A token is sent only to hosts of its own resource, and nothing was sent to where the service leads: "
                    + "check the address."
            : answer.Status switch
            {
                404 when advice.Missing is not null => advice.Missing,
                404 => "There is nothing at this address: check it, and the names and ids in it.",
                405 => "The address does not take this method: specify another one with -Method.",
                409 => "What the request asks for conflicts with what is there: see what the service says.",
                413 => "The service takes less at once: send the body in several parts.",
                415 => "The service takes another type of body: specify it with -ContentType.",
                _ => "See what the service says about the request: its address, -Method, -Headers and -Body.",
            };
    }

    private static string? First(HttpResponseMessage response, string[] names) =>
        names.Select(response.Header).FirstOrDefault(value => value is not null);
}
