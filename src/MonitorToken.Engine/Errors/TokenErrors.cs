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
/// of Azure.Identity and MSAL aren't set as inner exceptions, because they contain whole responses.
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

    /// <summary>Creates the exception for a failure of a credential.</summary>
    public static TokenException Create(
        TokenError error, string message, string recommendedAction, string credentialName) =>
        new(error, message, recommendedAction) { CredentialName = credentialName };

    /// <summary>Converts an exception of a library or the runtime.</summary>
    public static TokenException Explain(
        Exception exception,
        string credentialName,
        TokenRequest request,
        DateTimeOffset? certificateExpiresOn = null)
    {
        Exception[] chain = [.. Unwrap(exception)];
        if (chain.OfType<TokenException>().FirstOrDefault() is { } explained)
            return explained;

        if (chain.OfType<MsalException>().Select(msal => FromMsalErrorCode(msal.ErrorCode, credentialName))
            .FirstOrDefault(known => known is not null) is { } clearer)
            return clearer;

        if (chain.OfType<MsalServiceException>().FirstOrDefault(msal =>
                EntraErrors.FindCode(msal.Message) is not null || msal.StatusCode is >= 400 and < 500) is { } service)
            return FromEntra(
                Description(service),
                credentialName,
                request,
                service.ErrorCode,
                service.Claims,
                service.CorrelationId,
                certificateExpiresOn);

        if (chain.OfType<MsalCachePersistenceException>().Any())
            return Create(
                TokenError.TokenCacheUnavailable,
                "This machine can't encrypt a token cache. On Linux, that requires an unlocked keyring.",
                credentialName == "Silent"
                    ? "If the cache was created with -AllowUnencryptedTokenCache, also specify it with -Silent."
                    : "Leave -TokenCacheName out, or use -AllowUnencryptedTokenCache to allow a cache that anybody "
                        + "with access to the file can read.",
                credentialName);

        if (chain.OfType<CryptographicException>().Any() && credentialName is not ("Interactive" or "DeviceCode"))
            return Create(
                TokenError.InvalidCertificate,
                $"{credentialName} couldn't sign with the certificate's private key.",
                "Check that the certificate wasn't disposed of, that this user is allowed to use its key, "
                    + "and that the device that stores the key is connected.",
                credentialName);

        if (EntraErrors.FindCode(exception.Message) is not null)
            return FromEntra(exception.Message, credentialName, request);

        if (ModuleFiles.Explain(exception) is { } changed)
            return changed;

        if (chain.OfType<CredentialUnavailableException>().Any())
            return Unavailable(credentialName, Sentence(exception.Message));

        // What remains is thrown by a library that could not read a response. Its message would not help the user.
        return InvalidResponse(credentialName, "a response that isn't a token");
    }

    /// <summary>Creates the exception for a request that got no response.</summary>
    public static TokenException FromConnection(Exception exception, string host, string credentialName) =>
        exception is OperationCanceledException
            ? Create(
                TokenError.Timeout,
                $"{credentialName} didn't get a token: {host} accepted the request but didn't respond.",
                "Try again later. If the problem persists, check the network and the proxy (HTTPS_PROXY). "
                    + "-Verbose shows each request.",
                credentialName)
            : Create(
                TokenError.AuthorityUnreachable,
                $"{credentialName} couldn't reach {host}: {ConnectionErrors.Describe([.. Unwrap(exception)])}",
                "Check the network, the proxy (HTTPS_PROXY) and the name of the authority host. "
                    + "-Verbose shows each request.",
                credentialName);

    /// <summary>Creates the exception for a timeout, which the caller may have set.</summary>
    public static TokenException TimedOut(string credentialName, TimeSpan? limit, TimeSpan? asked) =>
        Create(
            TokenError.Timeout,
            $"{credentialName} didn't get a token within {limit?.TotalSeconds:0.#} seconds.",
            asked is null
                ? "Run with -Verbose to see what it was waiting for. If it needs longer, specify -TimeoutSec."
                : "Increase -TimeoutSec, or run with -Verbose to see what it was waiting for.",
            credentialName);

    /// <summary>
    /// Creates the exception for a credential that isn't available here, so that a chain continues with the next one.
    /// The default action is to log in.
    /// </summary>
    public static TokenException Unavailable(string credentialName, string message, string? recommendedAction = null) =>
        Create(
            TokenError.CredentialUnavailable, message, recommendedAction ?? LogInTo(credentialName), credentialName);

    /// <summary>Creates the exception for a response without a usable token, such as a web page.</summary>
    public static TokenException InvalidResponse(
        string credentialName, string what, string? recommendedAction = null) =>
        Create(
            TokenError.InvalidResponse,
            $"{credentialName} didn't get a usable token. It received {what}.",
            recommendedAction
                ?? "Check that no proxy, firewall or sign-in page responds in place of the identity service. "
                    + "-Verbose shows each request.",
            credentialName);

    /// <summary>
    /// Creates the exception for a throttled request whose Retry-After, if there is one, exceeds the deadline of the
    /// callers.
    /// </summary>
    public static TokenException Throttled(string host, DateTimeOffset? until, string credentialName) =>
        new(
            TokenError.Throttled,
            until is { } time
                ? $"{credentialName} can't get a token right now: {host} asks to wait until {time:u}."
                : $"{credentialName} can't get a token right now: {host} received too many requests.",
            (until is null ? "Wait a few minutes" : "Wait until the time in the exception's RetryAfter")
                + ", and send fewer requests. Tokens are cached, so a process needs about one request an hour for each "
                + "resource. -ForceRefresh sends more.")
        {
            RetryAfter = until,
            CredentialName = credentialName,
        };

    /// <summary>Creates the exception for a response that is neither a token nor an error.</summary>
    public static TokenException InvalidResponse(string credentialName, TokenResponse answer) =>
        InvalidResponse(credentialName, $"{answer.Kind} (HTTP {answer.Status})");

    public static TokenException Transient(TokenResponse answer, string host, string credentialName)
    {
        string? code = answer.EntraCode;
        TokenException failure =
            answer.Status == 429 || answer.RetryAfter is not null
            || EntraErrors.Find(code)?.Error == TokenError.Throttled
                ? Throttled(host, answer.RetryAfter, credentialName)
                : Create(
                    TokenError.AuthorityUnreachable,
                    $"{credentialName} can't get a token right now: {host} returned HTTP {answer.Status}.",
                    "Try again later. If the problem persists, see https://status.azure.com, "
                        + "and check that no proxy responds in place of the identity service.",
                    credentialName);
        string reason = answer.Description is { } description ? $" {Sentence(From(description, code))}" : string.Empty;
        return new TokenException(failure.Error, failure.Message + reason, failure.RecommendedAction)
        {
            ErrorCode = code,
            CorrelationId = answer.CorrelationId,
            TraceId = answer.Text("trace_id"),
            RetryAfter = failure.RetryAfter,
            CredentialName = credentialName,
        };
    }

    /// <summary>Creates the exception for an error response of Entra that no library has converted.</summary>
    public static TokenException FromEntra(TokenResponse answer, string credentialName, TokenRequest request) =>
        FromEntra(
            answer.Description ?? answer.ErrorCode ?? string.Empty,
            credentialName,
            request,
            answer.ErrorCode,
            answer.Text("claims"),
            answer.CorrelationId);

    /// <summary>
    /// Creates the exception for an error of Entra. The description contains the AADSTS code, and usually the
    /// correlation id.
    /// </summary>
    public static TokenException FromEntra(
        string description,
        string credentialName,
        TokenRequest request,
        string? error = null,
        string? claims = null,
        string? correlationId = null,
        DateTimeOffset? certificateExpiresOn = null)
    {
        string? code = EntraErrors.FindCode(description);
        // MSAL prepends its own sentences to the description.
        description = From(description, code);
        if (string.IsNullOrEmpty(claims))
            claims = null;

        CredentialDescriptor credential = CredentialCatalog.Find(credentialName);
        EntraErrors.Entry? known = EntraErrors.Find(code);
        bool isTransient = EntraErrors.IsTransient(code, error);
        (TokenError kind, string action) =
            known is not null ? (known.ErrorFor(credential.IsForPeople), known.Action)
            : isTransient ? (TokenError.AuthorityUnreachable, EntraErrors.TryAgain)
            : claims is not null || InteractionErrors.Contains(error, StringComparer.Ordinal)
                ? (TokenError.InteractionRequired,
                    "Sign in interactively. If the error has Claims, specify them with -Claims.")
            : (TokenError.AuthenticationFailed, WhereToLookUp(code));
        action = OnExpiredCertificate(description, certificateExpiresOn) ?? action;
        if (kind == TokenError.InteractionRequired && known?.IsAnsweredByLogIn != false
            && credential.LoginAdvice is { } logIn)
            action = known is null ? logIn : $"{known.Action} {logIn}";

        return new TokenException(
            kind,
            $"{credentialName} "
            + (isTransient ? "can't get a token right now: " : $"was refused a token for {request.Resource}: ")
                + (Sentence(description) is { Length: > 0 } why ? why : "no reason was provided."),
            action)
        {
            ErrorCode = code,
            CorrelationId = After(description, "Correlation ID") ?? correlationId,
            TraceId = After(description, "Trace ID"),
            Claims = claims,
            CredentialName = credentialName,
        };
    }

    public static TokenException FromTool(
        ToolFailure failure, string message, string credentialName, TokenRequest request) =>
        failure.ErrorCode is not null
            ? FromEntra(failure.Details, credentialName, request)
            : Create(
                failure.Error,
                message,
                failure.Error switch
                {
                    TokenError.AuthorityUnreachable =>
                        "Check the network and the proxy (HTTPS_PROXY), and that the tool trusts the certificate of a "
                            + "proxy that inspects TLS. Otherwise, try again later.",
                    TokenError.Throttled => "Wait, and send fewer requests.",
                    _ => LogInTo(credentialName),
                },
                credentialName);

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
    private static TokenException? FromMsalErrorCode(string? code, string credentialName) => code switch
    {
        MsalError.CodeExpired => Create(
            TokenError.Timeout,
            "The code expired before it was entered.",
            "Run the command again for a new code.",
            credentialName),
        "authorization_declined" or MsalError.AuthenticationCanceledError => Create(
            TokenError.AuthenticationFailed,
            "The sign-in was declined.",
            "Run the command again and accept, or ask an administrator to consent to the application.",
            credentialName),
        MsalError.LinuxXdgOpen => Unavailable(
            credentialName,
            "No browser can be opened on this machine.",
            "Sign in with -DeviceCode and a browser on another device."),
        MsalError.InvalidManagedIdentityIdType => Unavailable(
            credentialName,
            "The host of the managed identity identifies its identities only by client ID.",
            "Specify the identity's -ClientId."),
        MsalError.InvalidManagedIdentityEndpoint => Unavailable(
            credentialName,
            "The endpoint, header or key that the host of the managed identity has set can't be "
                + "used in a request.",
            "Leave IDENTITY_ENDPOINT, IDENTITY_HEADER, MSI_ENDPOINT and MSI_SECRET as the host sets them."),
        _ => null,
    };

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
            ? $"According to this machine's clock, the certificate is valid until {expiresOn:u}. Check the clock."
            : (expiresOn is { } time ? $"The certificate expired on {time:u}. " : "The certificate has expired. ")
                + "Create a new one, and upload it in App registrations > Certificates & secrets.";
    }

    private static string LogInTo(string credentialName) =>
        CredentialCatalog.Find(credentialName).LoginAdvice ?? "Set up this credential, or use another one.";

    private static string WhereToLookUp(string? code) =>
        code is null
            ? "Find the sign-in in Entra's sign-in log by its correlation ID."
            : $"See https://login.microsoftonline.com/error?code={code.Substring("AADSTS".Length)}, or find the "
                + "sign-in in Entra's sign-in log by its correlation ID.";

    /// <summary>
    /// Removes what precedes the AADSTS code. Does nothing without one, or if the response has it only as a number in
    /// error_codes.
    /// </summary>
    private static string From(string description, string? code) =>
        code is null ? description : description.Substring(
            Math.Max(0, description.IndexOf(code, StringComparison.Ordinal)));

    /// <summary>Returns the GUID that follows a label; null if there is none.</summary>
    private static string? After(string text, string label) =>
        Regex.Match(text, label + @":\s*([0-9A-Fa-f-]{36})") is { Success: true } match ? match.Groups[1].Value : null;
}
