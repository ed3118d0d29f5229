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
            $"{host} returned {answer.Reason}",
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
                $"{host} didn't respond within {timeout.TotalSeconds:0.#} seconds.",
                "Increase -TimeoutSec. If the problem persists, check the network and the proxy (HTTPS_PROXY). "
                    + "-Verbose shows each request.")
            : new RequestException(
                TokenError.ServiceUnreachable,
                $"{host} couldn't be reached: {ConnectionErrors.Describe([.. TokenErrors.Unwrap(exception)])}",
                "Check the URI, the network and the proxy (HTTPS_PROXY). -Verbose shows each request. A request "
                    + "that changes something may have been received, and isn't resent automatically.");

    /// <summary>Creates the exception for a response that broke off.</summary>
    public static RequestException BrokeOff(Exception exception, HttpResponseMessage response, TimeSpan timeout)
    {
        string host = response.RequestMessage?.RequestUri?.Host ?? "The service";
        return exception is OperationCanceledException
            ? new RequestException(
                TokenError.Timeout,
                $"{host} started to respond, and then sent nothing for {timeout.TotalSeconds:0.#} seconds.",
                "Increase -TimeoutSec. If the problem persists, check the network and the proxy (HTTPS_PROXY).")
            {
                StatusCode = (int)response.StatusCode,
                RequestId = First(response, RequestIds),
            }
            : new RequestException(
                TokenError.ServiceUnreachable,
                $"The response of {host} was cut off: {ConnectionErrors.Describe([.. TokenErrors.Unwrap(exception)])}",
                "The output so far is incomplete. Send the request again.")
            {
                StatusCode = (int)response.StatusCode,
                RequestId = First(response, RequestIds),
            };
    }

    /// <summary>Creates the exception for a response that says it is JSON, and is not.</summary>
    public static RequestException NotJson(string host) =>
        Invalid(
            $"The response from {host} isn't valid JSON, or is truncated.",
            "The output so far is incomplete. Send the request again. If the problem persists, check that no proxy "
                + "changes the response.");

    public static RequestException NoTables(string host) =>
        Invalid(
            $"The response from {host} has no tables with columns and rows.",
            "Leave -AsTable out. It's for Log Analytics and Application Insights queries.");

    public static RequestException Page(string host) =>
        Invalid(
            $"{host} returned a web page.",
            "The service doesn't return web pages. Check that no proxy, firewall or sign-in page responds instead.");

    public static RequestException NotText(string host) =>
        Invalid($"The response from {host} isn't text.", "Save it with -OutFile.");

    /// <summary>Creates the exception for a page that leads to a host which must not receive the token.</summary>
    public static RequestException ForeignPage(string host) =>
        Invalid(
            $"{host} returned a link to a next page on a host that doesn't belong to the same resource. Nothing was "
                + "sent there.",
            "A token is sent only to hosts of its own resource. Run without -FollowPages to see the link in the "
                + "response, and check that no proxy has changed it.");

    public static RequestException NoNextPage(string host) =>
        Invalid(
            $"{host} has another page, which can't be requested because -Body isn't a JSON object.",
            "Specify the Resource Graph query as a hashtable or as JSON.");

    public static RequestException PagesRepeat(string host) =>
        Invalid(
            $"{host} returned a link to a page that it has already sent.",
            "Either the output so far is complete, or the service has an error. Narrow the query, or report the error "
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
                ? "A redirect is followed only to a host of the same resource, and only a few times in a row, so "
                    + "nothing was sent there. Check the URI."
            : answer.Status switch
            {
                404 when advice.Missing is not null => advice.Missing,
                404 => "There's nothing at this URI. Check the names and IDs in it.",
                405 => "The URI doesn't support this method. Specify another one with -Method.",
                409 => "The request conflicts with the current state of the resource. See the service's message.",
                413 => "The body is too large. Send it in several parts.",
                415 => "The service requires another type of body. Specify it with -ContentType.",
                _ => "See the service's message, and check the URI, -Method, -Headers and -Body.",
            };
    }

    private static string? First(HttpResponseMessage response, string[] names) =>
        names.Select(response.Header).FirstOrDefault(value => value is not null);
}
