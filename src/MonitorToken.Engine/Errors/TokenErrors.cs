using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Azure.Identity;
using Microsoft.Identity.Client;
using Microsoft.Identity.Client.Extensions.Msal;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Processes;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Errors;

/// <summary>
/// Creates the exceptions of this module: one sentence about what went wrong, and one about what to do. The exceptions
/// of Azure.Identity and MSAL are not kept as inner exceptions, because they contain whole responses.
/// </summary>
internal static class TokenErrors
{
    /// <summary>
    /// The number of characters of a message that are used, which bounds the time of the regular expressions. Chosen:
    /// longer than any message of Entra.
    /// </summary>
    private const int LongestMessage = 4000;

    /// <summary>
    /// OAuth errors that a user can resolve by signing in interactively; see OpenID Connect Core 1.0, section 3.1.2.6.
    /// </summary>
    private static readonly string[] InteractionErrors = ["interaction_required", "login_required", "consent_required"];

    /// <summary>Converts an exception of a library or the runtime.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="credentialName">The name of the credential.</param>
    /// <param name="request">The request for the token.</param>
    /// <param name="certificateExpiresOn">When the client certificate expires; null if there is none.</param>
    public static TokenException Explain(
        Exception exception,
        string credentialName,
        TokenRequest request,
        DateTimeOffset? certificateExpiresOn = null)
    {
        Exception[] chain = [.. Unwrap(exception)];
        if (chain.OfType<TokenException>().FirstOrDefault() is { } explained)
            return explained;

        foreach (MsalException msal in chain.OfType<MsalException>())
        {
            if (FromMsalErrorCode(msal.ErrorCode, credentialName) is { } ended)
                return ended;
        }

        if (chain.OfType<MsalServiceException>().FirstOrDefault(msal =>
                EntraErrors.FindCode(msal.Message) is not null || msal.StatusCode is >= 400 and < 500) is { } service)
            return FromEntra(
                service.ErrorCode,
                Description(service),
                service.Claims,
                service.CorrelationId,
                credentialName,
                request,
                certificateExpiresOn);

        if (chain.OfType<MsalCachePersistenceException>().Any())
            return new TokenException(
                TokenError.TokenCacheUnavailable,
                "This machine has no means to encrypt a token cache (on Linux, a keyring that is unlocked).",
                "Leave -TokenCacheName out, or accept a cache that anybody with access to the file can read, "
                    + "with -AllowUnencryptedTokenCache.")
            {
                CredentialName = credentialName,
            };

        if (chain.OfType<CryptographicException>().Any() && credentialName is not ("Interactive" or "DeviceCode"))
            return new TokenException(
                TokenError.InvalidCertificate,
                $"{credentialName} could not sign with the certificate's private key.",
                "Check that the certificate was not disposed of, that this user may use its key, "
                    + "and that the device that holds it is there.")
            {
                CredentialName = credentialName,
            };

        if (EntraErrors.FindCode(exception.Message) is not null)
            return FromEntra(
                error: null,
                exception.Message,
                claims: null,
                correlationId: null,
                credentialName,
                request);

        if (chain.OfType<CredentialUnavailableException>().Any())
            return Unavailable(credentialName, Sentence(exception.Message));

        // What remains is thrown by a library that could not read a response. Its message would not help the user.
        return InvalidResponse(credentialName, "an answer that is no token");
    }

    /// <summary>Creates the exception for a request that got no response.</summary>
    /// <param name="exception">The exception of the HTTP stack.</param>
    /// <param name="host">The host that the request was sent to.</param>
    /// <param name="credentialName">The name of the credential.</param>
    public static TokenException FromConnection(Exception exception, string host, string credentialName) =>
        exception is OperationCanceledException
            ? new TokenException(
                TokenError.Timeout,
                $"{credentialName} got no token: {host} has accepted the request and not answered.",
                "Try again later; if it stays so, check the network and the proxy (HTTPS_PROXY). "
                    + "-Verbose shows each request.")
            {
                CredentialName = credentialName,
            }
            : new TokenException(
                TokenError.AuthorityUnreachable,
                $"{credentialName} could not reach {host}: {ConnectionErrors.Describe([.. Unwrap(exception)])}",
                "Check the network, the proxy (HTTPS_PROXY) and the name of the authority host; "
                    + "-Verbose shows each request.")
            {
                CredentialName = credentialName,
            };

    /// <summary>Creates the exception for a timeout.</summary>
    /// <param name="credentialName">The name of the credential.</param>
    /// <param name="limit">The timeout that was in effect.</param>
    /// <param name="asked">The timeout that the caller set; null for none.</param>
    public static TokenException TimedOut(string credentialName, TimeSpan? limit, TimeSpan? asked) =>
        new(
            TokenError.Timeout,
            $"{credentialName} got no token within {limit?.TotalSeconds:0.#} seconds.",
            asked is null
                ? "See with -Verbose what it was waiting for; where it needs longer, say so with -TimeoutSec."
                : "Give it longer with -TimeoutSec, or see with -Verbose what it was waiting for.")
        {
            CredentialName = credentialName,
        };

    /// <summary>
    /// Creates the exception for a credential that is not available here, so that a chain continues with the next one.
    /// </summary>
    /// <param name="credentialName">The name of the credential.</param>
    /// <param name="message">Why it is not available.</param>
    /// <param name="recommendedAction">What to do about it; null to advise to log in.</param>
    public static TokenException Unavailable(string credentialName, string message, string? recommendedAction = null) =>
        new(
            TokenError.CredentialUnavailable,
            message,
            recommendedAction ?? LogInTo(credentialName))
        {
            CredentialName = credentialName,
        };

    /// <summary>Creates the exception for a response without a usable token.</summary>
    /// <param name="credentialName">The name of the credential.</param>
    /// <param name="what">What came instead, such as <c>a web page</c>.</param>
    /// <param name="recommendedAction">What to do about it; null for the default advice.</param>
    public static TokenException InvalidResponse(
        string credentialName,
        string what,
        string? recommendedAction = null) =>
        new(
            TokenError.InvalidResponse,
            $"{credentialName} got no usable token: what came is {what}.",
            recommendedAction
                ?? "Check that no proxy, firewall or login page answers in place of the identity service; "
                    + "-Verbose shows each request.")
        {
            CredentialName = credentialName,
        };

    /// <summary>
    /// Creates the exception for a throttled request whose Retry-After exceeds the deadline of the callers.
    /// </summary>
    /// <param name="host">The host that throttles.</param>
    /// <param name="until">When to try again, in UTC; null if the service does not say.</param>
    /// <param name="credentialName">The name of the credential.</param>
    public static TokenException Throttled(string host, DateTimeOffset? until, string credentialName) =>
        new(
            TokenError.Throttled,
            until is { } time
                ? $"{credentialName} gets no token now: {host} asks to wait until {time:u}."
                : $"{credentialName} gets no token now: {host} has been asked too often.",
            "Wait until the time in the exception's RetryAfter, and ask less often: tokens are kept in memory, so one "
                + "process needs one an hour. -ForceRefresh asks before that.")
        {
            RetryAfter = until,
            CredentialName = credentialName,
        };

    /// <summary>Creates the exception for a transient failure.</summary>
    /// <param name="answer">The response.</param>
    /// <param name="host">The host that sent it.</param>
    /// <param name="credentialName">The name of the credential.</param>
    public static TokenException Transient(TokenResponse answer, string host, string credentialName)
    {
        string? code = answer.EntraCode;
        EntraErrors.Entry? known = code is null ? null : EntraErrors.Find(code);
        bool isThrottled =
            answer.Status == 429 || answer.RetryAfter is not null || known?.Error == TokenError.Throttled;
        string? words = answer.Text("error_description") ?? answer.Text("message") ?? answer.Text("error", "message");
        string said = words is null ? string.Empty : " " + Sentence(code is null ? words : From(words, code));
        TokenException failure = isThrottled
            ? Throttled(host, answer.RetryAfter, credentialName)
            : new TokenException(
                TokenError.AuthorityUnreachable,
                $"{credentialName} gets no token now: {host} answers with HTTP {answer.Status}.",
                "Try again later; if it stays so, see https://status.azure.com, "
                    + "and check that no proxy answers in place of the identity service.");
        return new TokenException(failure.Error, failure.Message + said, failure.RecommendedAction)
        {
            ErrorCode = code,
            CorrelationId = answer.Text("correlation_id") ?? answer.Text("correlationId"),
            TraceId = answer.Text("trace_id"),
            RetryAfter = failure.RetryAfter,
            CredentialName = credentialName,
        };
    }

    /// <summary>Creates the exception for an error response of Entra.</summary>
    /// <param name="error">The OAuth error; null for none.</param>
    /// <param name="description">The error description, with the AADSTS code.</param>
    /// <param name="claims">The claims challenge; null for none.</param>
    /// <param name="correlationId">The correlation id, if the description does not contain it.</param>
    /// <param name="credentialName">The name of the credential.</param>
    /// <param name="request">The request for the token.</param>
    /// <param name="certificateExpiresOn">When the client certificate expires; null if there is none.</param>
    public static TokenException FromEntra(
        string? error,
        string description,
        string? claims,
        string? correlationId,
        string credentialName,
        TokenRequest request,
        DateTimeOffset? certificateExpiresOn = null)
    {
        string? code = EntraErrors.FindCode(description);
        // MSAL prepends its own sentences to the description.
        if (code is not null)
            description = From(description, code);

        bool isPerson = CredentialCatalog.Find(credentialName).IsForPeople;
        bool isTransient = EntraErrors.IsTransient(code, error);
        bool needsInteraction = InteractionErrors.Contains(error, StringComparer.Ordinal)
            || !string.IsNullOrEmpty(claims);
        EntraErrors.Entry? known = code is null ? null : EntraErrors.Find(code);
        TokenError kind = known?.ErrorFor(isPerson)
            ?? (isTransient ? TokenError.AuthorityUnreachable
                : needsInteraction ? TokenError.InteractionRequired
                : TokenError.AuthenticationFailed);
        string action = OnExpiredCertificate(description, certificateExpiresOn)
            ?? known?.Action
            ?? (isTransient ? "Entra cannot answer for a moment: try again."
                : needsInteraction ? "Sign in interactively; where the error has Claims, give them to -Claims."
                : WhereToLookUp(code));
        if (kind == TokenError.InteractionRequired && known?.IsAnsweredByLogIn != false
            && CredentialCatalog.Find(credentialName).LoginAdvice is { } logIn)
            action = known is null ? logIn : $"{known.Action} {logIn}";

        return new TokenException(
            kind,
            $"{credentialName} {(isTransient ? "gets no token now" : $"was refused a token for {request.Resource}")}: "
                + (Sentence(description) is { Length: > 0 } why ? why : "no reason is given."),
            action)
        {
            ErrorCode = code,
            CorrelationId = After(description, "Correlation ID") ?? correlationId,
            TraceId = After(description, "Trace ID"),
            Claims = string.IsNullOrEmpty(claims) ? null : claims,
            CredentialName = credentialName,
        };
    }

    /// <summary>Creates the exception for a developer tool that failed.</summary>
    /// <param name="failure">The output of the tool.</param>
    /// <param name="message">The error message.</param>
    /// <param name="credentialName">The name of the credential.</param>
    /// <param name="request">The request for the token.</param>
    public static TokenException FromTool(
        ToolFailure failure, string message, string credentialName, TokenRequest request)
    {
        if (failure.ErrorCode is not null)
            return FromEntra(error: null, failure.Details, claims: null, correlationId: null, credentialName, request);

        string action = failure.Error switch
        {
            TokenError.AuthorityUnreachable =>
                "Check the network, the proxy (HTTPS_PROXY), and that the tool trusts the certificate of a proxy that "
                    + "inspects TLS; else try again later.",
            TokenError.Throttled => "Wait, and ask less often.",
            _ => LogInTo(credentialName),
        };
        return new TokenException(failure.Error, message, action) { CredentialName = credentialName };
    }

    /// <summary>Returns the exception and its inner exceptions, outermost first.</summary>
    public static IEnumerable<Exception> Unwrap(Exception exception)
    {
        for (Exception? current = exception; current is not null;
            current = (current as AggregateException)?.InnerExceptions.LastOrDefault() ?? current.InnerException)
            yield return current;
    }

    /// <summary>
    /// Returns the part of a message that is meant for users, on one line: without the prefix of the library, trace
    /// ids, raw responses and links to guides, and with tokens masked.
    /// </summary>
    public static string Sentence(string message)
    {
        // The regular expressions below take quadratic time.
        if (message.Length > LongestMessage)
            message = message.Substring(0, LongestMessage);

        string text = Regex.Replace(
            Secret.Mask(message),
            @"^\w+Credential authentication (failed|unavailable)[:.]\s*",
            string.Empty);
        text = Regex.Replace(
            text,
            @"[\s.]*\s(Trace ID:|See the troubleshooting guide|To troubleshoot|For more information).*$",
            string.Empty,
            RegexOptions.Singleline);
        text = Regex.Replace(text, "(\"\\s*[,}]|\\sHeaders:|\\sStatus: \\d).*$", string.Empty, RegexOptions.Singleline);
        text = Regex.Replace(text, @"\s+", " ").Trim();
        return text.Length == 0 || text[text.Length - 1] is '.' or '!' or '?' ? text : text + ".";
    }

    /// <summary>
    /// Creates the exception for an error code of MSAL that is clearer than a code of Entra; null for any other code.
    /// </summary>
    private static TokenException? FromMsalErrorCode(string? code, string credentialName)
    {
        (TokenError Error, string Message, string Action)? match = code switch
        {
            MsalError.CodeExpired =>
                (TokenError.Timeout,
                    "The code has expired before it was entered.",
                    "Run the command again for a new code."),
            "authorization_declined" or MsalError.AuthenticationCanceledError =>
                (TokenError.AuthenticationFailed,
                    "The sign-in was declined.",
                    "Run the command again and accept, or ask an administrator to consent to the application."),
            MsalError.LinuxXdgOpen =>
                (TokenError.CredentialUnavailable,
                    "No browser can be opened here.",
                    "Sign in with -DeviceCode and a browser elsewhere."),
            MsalError.InvalidManagedIdentityIdType =>
                (TokenError.CredentialUnavailable,
                    "The host of the managed identity knows its identities by their client ids alone.",
                    "Give the identity's -ClientId."),
            MsalError.InvalidManagedIdentityEndpoint =>
                (TokenError.CredentialUnavailable,
                    "What the host of the managed identity has set (its endpoint, its header or its key) cannot be "
                        + "used in a request.",
                    "Leave IDENTITY_ENDPOINT, IDENTITY_HEADER, MSI_ENDPOINT and MSI_SECRET as the host sets them."),
            _ => null,
        };
        return match is { } known
            ? new TokenException(known.Error, known.Message, known.Action) { CredentialName = credentialName }
            : null;
    }

    /// <summary>Returns the error description of the service; the error code if there is none.</summary>
    private static string Description(MsalServiceException exception)
    {
        const string LibraryEnds = "Original exception: ";
        int start = exception.Message.IndexOf(LibraryEnds, StringComparison.Ordinal);
        string said = start < 0 ? exception.Message : exception.Message.Substring(start + LibraryEnds.Length);
        return said.Trim() is { Length: > 0 } description ? description : exception.ErrorCode;
    }

    /// <summary>
    /// Returns the action for an expired certificate, because uploading it again, which the code alone suggests, would
    /// not help. Null for any other error.
    /// </summary>
    private static string? OnExpiredCertificate(string description, DateTimeOffset? expiresOn)
    {
        if (!Regex.IsMatch(description, @"key used is expired[.,\]]", RegexOptions.IgnoreCase))
            return null;

        // The clock of Entra decides. If the clock of this machine disagrees, one of them is wrong.
        return expiresOn > DateTimeOffset.UtcNow
            ? $"By this machine's clock the certificate is valid until {expiresOn:u}: check the clock."
            : (expiresOn is { } time ? $"The certificate expired on {time:u}: " : "The certificate has expired: ")
                + "make a new one, and upload it under App registrations > Certificates & secrets.";
    }

    private static string LogInTo(string credentialName) =>
        CredentialCatalog.Find(credentialName).LoginAdvice ?? "Set up this way of signing in, or choose another.";

    private static string WhereToLookUp(string? code) =>
        code is null
            ? "Look the sign-in up in Entra's sign-in log, by its correlation id."
            : $"See https://login.microsoftonline.com/error?code={code.Substring("AADSTS".Length)}, and Entra's "
                + "sign-in log, by the correlation id.";

    /// <summary>
    /// Removes what precedes the AADSTS code. Does nothing if the response has the code only as a number in
    /// error_codes.
    /// </summary>
    private static string From(string description, string code) =>
        description.Substring(Math.Max(0, description.IndexOf(code, StringComparison.Ordinal)));

    /// <summary>Returns the GUID that follows a label; null if there is none.</summary>
    private static string? After(string text, string label)
    {
        Match match = Regex.Match(text, label + @":\s*([0-9A-Fa-f-]{36})");
        return match.Success ? match.Groups[1].Value : null;
    }
}
