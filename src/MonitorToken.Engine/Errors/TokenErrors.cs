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
/// Says in one sentence what went wrong and what to do about it. The library's own exceptions stay inside:
/// they carry whole responses.
/// </summary>
internal static class TokenErrors
{
    /// <summary>No service says more before it comes to the point.</summary>
    private const int LongestMessage = 4000;

    private static readonly string[] InteractionErrors = ["interaction_required", "login_required", "consent_required"];

    /// <summary>What a library or the runtime has thrown.</summary>
    /// <param name="exception">What it has thrown.</param>
    /// <param name="credentialName">Who has asked.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="certificateExpiresOn">When the certificate that has signed expires; null for none.</param>
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
            if (Told(msal.ErrorCode, credentialName) is { } ended)
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

        // What is left comes from a library that could make nothing of an answer. Its words would tell nobody anything.
        return InvalidResponse(credentialName, "an answer that is no token");
    }

    /// <summary>No answer has come at all.</summary>
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

    /// <summary>Nothing has come in time.</summary>
    /// <param name="credentialName">Who has asked.</param>
    /// <param name="limit">How long it could take.</param>
    /// <param name="asked">How long the caller has said that it may take; null for nothing said.</param>
    public static TokenException TimedOut(string credentialName, TimeSpan? limit, TimeSpan? asked) =>
        new(
            TokenError.Timeout,
            $"{credentialName} had no token within {limit?.TotalSeconds:0.#} seconds.",
            asked is null
                ? "See with -Verbose what it was waiting for; where it needs longer, say so with -TimeoutSec."
                : "Give it longer with -TimeoutSec, or see with -Verbose what it was waiting for.")
        {
            CredentialName = credentialName,
        };

    /// <summary>A way of signing in that is not set up here.</summary>
    public static TokenException Unavailable(string credentialName, string message, string? recommendedAction = null) =>
        new(
            TokenError.CredentialUnavailable,
            message,
            recommendedAction ?? LogInTo(credentialName))
        {
            CredentialName = credentialName,
        };

    /// <summary>Something came that is no usable token.</summary>
    /// <param name="credentialName">Who has asked.</param>
    /// <param name="what">What came instead, such as <c>a web page</c>.</param>
    /// <param name="recommendedAction">What to do about it.</param>
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

    /// <summary>The service asks to wait for longer than anybody here does.</summary>
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

    /// <summary>The service says that it cannot answer now, whatever it was asked.</summary>
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

    /// <summary>A refusal in Entra's form.</summary>
    /// <param name="error">The OAuth error; null for none.</param>
    /// <param name="description">What it says, with its code.</param>
    /// <param name="claims">What it wants in the next request; null for nothing.</param>
    /// <param name="correlationId">Entra's, where the description does not have it.</param>
    /// <param name="credentialName">Who has asked.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="certificateExpiresOn">When the certificate that has signed expires; null for none.</param>
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
        // The library puts sentences of its own before Entra's.
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

    /// <summary>A developer's tool has failed, for a reason that it says in its own words.</summary>
    /// <param name="failure">What it has said.</param>
    /// <param name="message">The sentence to tell.</param>
    /// <param name="credentialName">Who has asked it.</param>
    /// <param name="request">What was asked for.</param>
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

    /// <summary>The exception and what is inside it.</summary>
    public static IEnumerable<Exception> Unwrap(Exception exception)
    {
        for (Exception? current = exception; current is not null;
            current = (current as AggregateException)?.InnerExceptions.LastOrDefault() ?? current.InnerException)
            yield return current;
    }

    /// <summary>
    /// The part meant for people: without the library's prefix, trace ids, raw answers, links to guides and line
    /// breaks.
    /// </summary>
    public static string Sentence(string message)
    {
        // What follows looks for the same ends from every beginning.
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

    /// <summary>What the library has a word of its own for, which says it better than a code of Entra's.</summary>
    private static TokenException? Told(string? code, string credentialName)
    {
        (TokenError Error, string Message, string Action)? told = code switch
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
        return told is { } known
            ? new TokenException(known.Error, known.Message, known.Action) { CredentialName = credentialName }
            : null;
    }

    /// <summary>What the service has said; its word for the error where that is all.</summary>
    private static string Description(MsalServiceException exception)
    {
        const string LibraryEnds = "Original exception: ";
        int start = exception.Message.IndexOf(LibraryEnds, StringComparison.Ordinal);
        string said = start < 0 ? exception.Message : exception.Message.Substring(start + LibraryEnds.Length);
        return said.Trim() is { Length: > 0 } description ? description : exception.ErrorCode;
    }

    /// <summary>
    /// What to do where Entra knows the certificate: uploading it again would not help. Null where it is not about
    /// that.
    /// </summary>
    private static string? OnExpiredCertificate(string description, DateTimeOffset? expiresOn)
    {
        if (!Regex.IsMatch(description, @"key used is expired[.,\]]", RegexOptions.IgnoreCase))
            return null;

        // Entra's clock decides. Where this machine's says otherwise, one of them is wrong.
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

    /// <summary>From Entra's code on; there may be the code's number alone.</summary>
    private static string From(string description, string code) =>
        description.Substring(Math.Max(0, description.IndexOf(code, StringComparison.Ordinal)));

    private static string? After(string text, string label)
    {
        Match match = Regex.Match(text, label + @":\s*([0-9A-Fa-f-]{36})");
        return match.Success ? match.Groups[1].Value : null;
    }
}
