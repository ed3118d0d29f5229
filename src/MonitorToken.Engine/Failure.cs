using System.Text.Json;
using System.Text.RegularExpressions;
using Azure;
using Azure.Identity;
using Microsoft.Identity.Client;
using Microsoft.Identity.Client.Extensions.Msal;

namespace MonitorToken.Engine;

/// <summary>
/// Says in one sentence what went wrong and what to do about it. The library's own exceptions stay inside:
/// they carry whole responses.
/// </summary>
internal static class Failure
{
    /// <summary>What to do about the codes that people meet most.</summary>
    private static readonly Dictionary<string, (TokenError Error, string Action)> Known = new(StringComparer.Ordinal)
    {
        ["AADSTS7000215"] = (TokenError.AuthenticationFailed, "Give the secret's value, not its id, of an application in this tenant; a new one is made under App registrations > Certificates & secrets."),
        ["AADSTS7000222"] = (TokenError.AuthenticationFailed, "The secret has expired: make a new one under App registrations > Certificates & secrets."),
        ["AADSTS700016"] = (TokenError.AuthenticationFailed, "Check -ClientId and -TenantId: the application must be registered in this tenant, or consented to there."),
        ["AADSTS90002"] = (TokenError.AuthenticationFailed, "Check -TenantId, and the cloud that -Environment names."),
        ["AADSTS900023"] = (TokenError.InvalidTenant, "Give the tenant's id (a GUID) or one of its domain names to -TenantId."),
        ["AADSTS7000112"] = (TokenError.AuthenticationFailed, "The application is disabled: enable it under Enterprise applications > Properties."),
        ["AADSTS70021"] = (TokenError.AuthenticationFailed, "Add a federated credential with this issuer, subject and audience to the application."),
        ["AADSTS700211"] = (TokenError.AuthenticationFailed, "Add a federated credential with this issuer to the application."),
        ["AADSTS700213"] = (TokenError.AuthenticationFailed, "Add a federated credential with this subject to the application."),
        ["AADSTS700024"] = (TokenError.AuthenticationFailed, "The assertion is not valid now: check this machine's clock, and use a fresh assertion."),
        ["AADSTS700027"] = (TokenError.AuthenticationFailed, "Upload this certificate to the application under App registrations > Certificates & secrets."),
        ["AADSTS53003"] = (TokenError.AuthenticationFailed, "A Conditional Access policy blocks this sign-in: see the sign-in log for which one."),
        ["AADSTS500011"] = (TokenError.ResourceNotFound, "Check the resource to the letter, slash included, and that -Environment names the cloud it belongs to."),
        ["AADSTS500014"] = (TokenError.ResourceNotFound, "The resource is disabled in this tenant: an administrator must enable its service principal."),
        ["AADSTS650057"] = (TokenError.ResourceNotFound, "Add the resource to the application under App registrations > API permissions."),
        ["AADSTS1002012"] = (TokenError.InvalidResource, "Without a user the scope must be a resource and /.default: give -Resource in place of -Scope."),
        ["AADSTS65004"] = (TokenError.AuthenticationFailed, "The person has declined: run the command again and accept."),
        ["AADSTS65001"] = (TokenError.InteractionRequired, "Nobody has consented to this application's use of the resource: an administrator can, under Enterprise applications > Permissions."),
        ["AADSTS50076"] = (TokenError.InteractionRequired, "Multifactor authentication is needed: sign in interactively."),
        ["AADSTS50079"] = (TokenError.InteractionRequired, "Multifactor authentication must be set up: sign in interactively."),
        ["AADSTS50078"] = (TokenError.InteractionRequired, "The multifactor authentication has expired: sign in interactively."),
        ["AADSTS50173"] = (TokenError.InteractionRequired, "The login is no longer valid, as after a change of password: sign in again."),
        ["AADSTS70043"] = (TokenError.InteractionRequired, "The login has expired by a policy on sign-in frequency: sign in again."),
        ["AADSTS700082"] = (TokenError.InteractionRequired, "The login has expired because it was not used for long: sign in again."),
        ["AADSTS500133"] = (TokenError.InteractionRequired, "The user's token has expired: get a new one from the user."),
        ["AADSTS50158"] = (TokenError.InteractionRequired, "A further step is needed: sign in interactively."),
    };

    private static readonly Dictionary<string, string> LogIn = new(StringComparer.Ordinal)
    {
        ["AzureCli"] = "Run az login, or sign in another way.",
        ["AzureDeveloperCli"] = "Run azd auth login, or sign in another way.",
        ["AzurePowerShell"] = "Run Connect-AzAccount, or sign in another way.",
        ["VisualStudio"] = "Sign in to Visual Studio under Tools > Options > Azure Service Authentication, or sign in another way.",
    };

    private static readonly string[] InteractionErrors = ["interaction_required", "login_required", "consent_required"];

    public static TokenException Explain(Exception exception, string credentialName, TokenRequest request)
    {
        Exception[] chain = [.. Unfold(exception)];
        if (chain.OfType<TokenException>().FirstOrDefault() is { } explained)
            return explained;

        if (chain.OfType<MsalException>().Select(msal => Told(msal.ErrorCode, credentialName)).FirstOrDefault(told => told is not null) is { } ended)
            return ended;

        if (chain.OfType<MsalServiceException>().FirstOrDefault(msal => FindCode(msal.Message) is not null || msal is MsalUiRequiredException) is { } service)
            return FromEntra(service.ErrorCode, service.Message, service.Claims, service.CorrelationId, credentialName, request);

        string message = Sentence(exception.Message);
        if (chain.OfType<MsalServiceException>().Any(msal => msal is { ErrorCode: MsalError.ManagedIdentityRequestFailed, StatusCode: 0 or 400 }) && !chain.Any(IsUnreachable))
            return Unavailable(
                credentialName,
                "The managed identity service here gives no token: the identity asked for is not assigned to this resource.",
                "Assign the identity to this resource, in the Azure portal under Identity, and check the id that was given.");

        if (chain.OfType<MsalCachePersistenceException>().Any())
            return new TokenException(
                TokenError.TokenCacheUnavailable,
                "This machine has no means to encrypt a token cache (on Linux, a keyring that is unlocked).",
                "Leave -TokenCacheName out, or accept a cache that anybody with access to the file can read, with -AllowUnencryptedTokenCache.")
            {
                CredentialName = credentialName,
            };

        if (FindCode(exception.Message) is not null)
            return FromEntra(error: null, exception.Message, claims: null, correlationId: null, credentialName, request);

        if (chain.OfType<CredentialUnavailableException>().Any())
            return Unavailable(
                credentialName,
                message,
                LogIn.TryGetValue(credentialName, out string? action) ? action : "Set up this way of signing in, or choose another.");

        if (chain.Any(IsUnreachable))
            return new TokenException(
                TokenError.AuthorityUnreachable,
                $"{credentialName} could not reach the identity service: {Sentence(chain.Last().Message)}",
                "Check the network, the proxy (HTTPS_PROXY) and the name of the authority host; -Verbose shows each request.")
            {
                CredentialName = credentialName,
            };

        if (exception.Message.Contains("authentication timed out"))
            return new TokenException(TokenError.Timeout, $"{credentialName} had no answer in time: {message}", "Run the tool by hand once to see what it waits for.") { CredentialName = credentialName };

        if (message.Length == 0 || chain.Any(inner => inner is JsonException or FormatException))
            message = $"{credentialName} got an answer that is no token.";

        return new TokenException(TokenError.AuthenticationFailed, message, "Run the command again with -Verbose to see each request.") { CredentialName = credentialName };
    }

    /// <summary>A way of signing in that is not set up here.</summary>
    public static TokenException Unavailable(string credentialName, string message, string recommendedAction) =>
        new(TokenError.CredentialUnavailable, message, recommendedAction) { CredentialName = credentialName };

    /// <summary>For the requests that are made here and not by Azure.Identity.</summary>
    public static TokenException FromResponse(int status, JsonElement? answer, string credentialName, TokenRequest request)
    {
        if (answer is { } body && Text(body, "error_description") is { } description)
            return FromEntra(Text(body, "error"), description, Text(body, "claims"), Text(body, "correlation_id"), credentialName, request);

        return new TokenException(
            TokenError.AuthorityUnreachable,
            $"{credentialName} got no token and no reason from the identity service (HTTP {status}).",
            "Try again later; if it stays so, check that no proxy answers in place of the identity service.")
        {
            CredentialName = credentialName,
        };
    }

    private static TokenException FromEntra(
        string? error, string description, string? claims, string? correlationId, string credentialName, TokenRequest request)
    {
        string? code = FindCode(description);
        // The library puts sentences of its own before Entra's.
        if (code is not null)
            description = description.Substring(description.IndexOf(code, StringComparison.Ordinal));

        (TokenError kind, string action) = code is not null && Known.TryGetValue(code, out var known)
            ? known
            : (TokenError.AuthenticationFailed, "Look the code up in Entra's sign-in log, by its correlation id.");
        if (InteractionErrors.Contains(error, StringComparer.Ordinal) || !string.IsNullOrEmpty(claims))
            (kind, action) = (TokenError.InteractionRequired, code is not null && Known.ContainsKey(code) ? action : "Sign in interactively; where the error has Claims, give them to -Claims.");

        if (kind == TokenError.InteractionRequired && LogIn.TryGetValue(credentialName, out string? logIn))
            action = logIn;

        return new TokenException(
            kind,
            $"{credentialName} was refused a token for {request.Resource}: {Sentence(description)}",
            action)
        {
            ErrorCode = code,
            CorrelationId = correlationId ?? After(description, "Correlation ID"),
            TraceId = After(description, "Trace ID"),
            Claims = string.IsNullOrEmpty(claims) ? null : claims,
            CredentialName = credentialName,
        };
    }

    /// <summary>How a sign-in in the browser has ended; the library's word for it says it better than a code of Entra's.</summary>
    private static TokenException? Told(string? code, string credentialName)
    {
        (TokenError Error, string Message, string Action)? told = code switch
        {
            MsalError.CodeExpired => (TokenError.Timeout, "The code has expired before it was entered.", "Run the command again for a new code."),
            "authorization_declined" or MsalError.AuthenticationCanceledError =>
                (TokenError.AuthenticationFailed, "The sign-in was declined.", "Run the command again and accept, or ask an administrator to consent to the application."),
            MsalError.LinuxXdgOpen => (TokenError.CredentialUnavailable, "No browser can be opened here.", "Sign in with -DeviceCode and a browser elsewhere."),
            _ => null,
        };
        return told is { } known ? new TokenException(known.Error, known.Message, known.Action) { CredentialName = credentialName } : null;
    }

    /// <summary>The exception and what is inside it.</summary>
    public static IEnumerable<Exception> Unfold(Exception exception)
    {
        for (Exception? current = exception; current is not null; current = (current as AggregateException)?.InnerExceptions.LastOrDefault() ?? current.InnerException)
            yield return current;
    }

    private static bool IsUnreachable(Exception exception) =>
        exception is HttpRequestException or System.Net.Sockets.SocketException or RequestFailedException { Status: 0 or 408 or 429 or >= 500 }
            or MsalServiceException { StatusCode: 408 or 429 or >= 500 }
        || exception is OperationCanceledException;

    private static string? FindCode(string text)
    {
        Match match = Regex.Match(text, @"AADSTS\d+");
        return match.Success ? match.Value : null;
    }

    private static string? After(string text, string label)
    {
        Match match = Regex.Match(text, label + @":\s*([0-9A-Fa-f-]{36})");
        return match.Success ? match.Groups[1].Value : null;
    }

    /// <summary>The part meant for people: without the library's prefix, trace ids, raw answers, links to guides and line breaks.</summary>
    private static string Sentence(string message)
    {
        string text = Regex.Replace(Secret.Mask(message), @"^\w+Credential authentication (failed|unavailable)[:.]\s*", string.Empty);
        text = Regex.Replace(text, @"\s*(Trace ID:|See the troubleshooting guide|To troubleshoot|For more information).*$", string.Empty, RegexOptions.Singleline);
        text = Regex.Replace(text, "(\"\\s*[,}]|\\sHeaders:|\\sStatus: \\d).*$", string.Empty, RegexOptions.Singleline);
        text = Regex.Replace(text, @"\s+", " ").Trim();
        return text.Length == 0 || text[^1] == '.' ? text : text + ".";
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
