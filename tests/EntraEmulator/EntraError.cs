using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>A refusal in Entra's own words and JSON form.</summary>
/// <param name="Code">The number behind AADSTS.</param>
/// <param name="Error">The OAuth error.</param>
/// <param name="Message">The sentence that follows the code in error_description.</param>
/// <param name="Status">The HTTP status.</param>
[JsonConverter(typeof(EntraErrorReader))]
public sealed record EntraError(int Code, string Error, string Message, int Status = StatusCodes.Status400BadRequest)
{
    // What tests provoke by code alone; the errors that the emulator finds itself have methods of their own below.
    private static readonly Dictionary<int, EntraError> ByCode = new EntraError[]
    {
        new(50058, "interaction_required", "A silent sign-in request was sent but no user is signed in."),
        new(50076, "interaction_required", "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource."),
        new(50079, "interaction_required", "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access the resource."),
        new(53000, "interaction_required", "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant."),
        new(53003, "access_denied", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."),
        new(65001, "invalid_grant", "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource."),
        new(700024, "invalid_client", "Client assertion is not within its valid time range.", StatusCodes.Status401Unauthorized),
        new(700027, "invalid_client", "The certificate with identifier used to sign the client assertion is not registered on application.", StatusCodes.Status401Unauthorized),
        new(7000222, "invalid_client", "The provided client secret keys are expired. Visit the Azure portal to create new keys for your app.", StatusCodes.Status401Unauthorized),
        new(90033, "temporarily_unavailable", "A transient error has occurred. Please try again.", StatusCodes.Status503ServiceUnavailable),
    }.ToDictionary(error => error.Code);

    /// <summary>More about the error, for interaction_required.</summary>
    public string? Suberror { get; init; }

    /// <summary>The claims challenge that the next request must answer.</summary>
    public string? Claims { get; init; }

    /// <summary>The error of a code such as AADSTS50058.</summary>
    public static EntraError FromCode(string code)
    {
        int number = int.Parse(code.Replace("AADSTS", "", StringComparison.OrdinalIgnoreCase), System.Globalization.CultureInfo.InvariantCulture);
        return ByCode.GetValueOrDefault(number) ?? new(number, "invalid_request", "An error that a test asked for.");
    }

    public static implicit operator EntraError(string code) => FromCode(code);

    /// <summary>The same as <see cref="FromCode"/>.</summary>
    public static EntraError ToEntraError(string code) => FromCode(code);

    internal static EntraError UnknownTenant(string tenant) =>
        new(90002, "invalid_request", $"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.");

    internal static EntraError MalformedTenant(string tenant) =>
        new(900023, "invalid_request", $"Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.");

    internal static EntraError UnknownApp(string clientId, Tenant tenant) =>
        new(700016, "unauthorized_client", $"Application with identifier '{clientId}' was not found in the directory '{tenant.Domain}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.");

    internal static EntraError WrongSecret(string clientId) =>
        new(7000215, "invalid_client", $"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{clientId}'.", StatusCodes.Status401Unauthorized);

    internal static EntraError MissingCredential() =>
        new(7000216, "invalid_client", "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.", StatusCodes.Status401Unauthorized);

    internal static EntraError UnsupportedGrant(string grantType) =>
        new(70003, "unsupported_grant_type", $"The app requested an unsupported grant type '{grantType}'.");

    internal static EntraError MissingParameter(string name) =>
        new(900144, "invalid_request", $"The request body must contain the following parameter: '{name}'.");

    internal static EntraError UnknownResource(string resource, Tenant tenant) =>
        new(500011, "invalid_resource", $"The resource principal named {resource} was not found in the tenant named {tenant.Domain}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.");

    internal static EntraError NotDefaultScope(string scope) =>
        new(1002012, "invalid_scope", $"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).");

    internal static EntraError Malformed() => new(9002313, "invalid_request", "Invalid request. Request is malformed or invalid.");

    internal static EntraError MalformedJwt() => new(50027, "invalid_request", "JWT token is invalid or malformed.");

    internal static EntraError UnsupportedAlgorithm(string algorithm) =>
        new(5002738, "invalid_request", $"Invalid JWT token. '{algorithm}' is not a supported signature algorithm.");

    internal static EntraError UnknownCertificate(string identifier) =>
        new(700027, "invalid_client", $"The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '{identifier}'].", StatusCodes.Status401Unauthorized);

    internal static EntraError WrongAssertionSignature(string thumbprint) =>
        new(700027, "invalid_client", $"Client assertion contains an invalid signature. [Reason - The key used is expired or does not match., Thumbprint of key used by client: '{thumbprint}'].", StatusCodes.Status401Unauthorized);

    internal static EntraError AssertionOfAnotherApp() =>
        new(700021, "invalid_client", "Client assertion application identifier doesn't match 'client_id' parameter.", StatusCodes.Status401Unauthorized);

    internal static EntraError WrongAssertionAudience() =>
        new(700023, "invalid_client", "Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .", StatusCodes.Status401Unauthorized);

    internal static EntraError AssertionNotInItsTime(DateTimeOffset now, DateTimeOffset? notBefore, DateTimeOffset? expiresOn) =>
        new(700024, "invalid_client", $"Client assertion is not within its valid time range. Current time: {now:O}, assertion valid from {notBefore:O}, expiry time of assertion {expiresOn:O}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .", StatusCodes.Status401Unauthorized);

    // Entra has no code of its own for this: 50013 covers all that is wrong with an assertion.
    internal static EntraError ReplayedAssertion() =>
        new(50013, "invalid_client", "Assertion is invalid because of various reasons. [Reason - The assertion has been presented before.]", StatusCodes.Status401Unauthorized);

    internal static EntraError UnverifiedAssertion() =>
        new(50013, "invalid_client", "Assertion failed signature validation. [Reason - The key was not found.]", StatusCodes.Status401Unauthorized);

    internal static EntraError NoFederatedCredentials(string clientId) =>
        new(70025, "invalid_client", $"The client '{clientId}' has no configured federated identity credentials.", StatusCodes.Status401Unauthorized);

    internal static EntraError NoMatchingCredential(FederatedCredential presented) =>
        new(70021, "invalid_request", $"No matching federated identity record found for presented assertion. Assertion Issuer: '{presented.Issuer}'. Assertion Subject: '{presented.Subject}'. Assertion Audience: '{presented.Audience}'. https://learn.microsoft.com/entra/workload-id/workload-identity-federation");

    internal static EntraError UnknownAssertionIssuer(string issuer) => NoMatchingPart(700211, "issuer", issuer);

    internal static EntraError UnknownAssertionAudience(string audience) => NoMatchingPart(700212, "audience", audience);

    internal static EntraError UnknownAssertionSubject(string subject) => NoMatchingPart(700213, "subject", subject);

    internal static EntraError NoTenant() =>
        new(50059, "invalid_request", "No tenant-identifying information found in either the request or implied by any provided credentials.");

    internal static EntraError SeveralResources(string scope) =>
        new(28000, "invalid_request", $"Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {scope} is not valid.");

    internal static EntraError MissingClientCredential() =>
        new(7000218, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.", StatusCodes.Status401Unauthorized);

    internal static EntraError UnknownUser(string name, Tenant tenant) =>
        new(50034, "invalid_grant", $"The user account {name} does not exist in the {tenant.Domain} directory. To sign into this application, the account must be added to the directory.");

    internal static EntraError ForeignUser(User user, Tenant tenant) =>
        new(50020, "invalid_grant", $"User account '{user.UserPrincipalName}' from identity provider '{TokenIssuer.Issuer($"{user.Tenant.Id}")}' does not exist in tenant '{tenant.Domain}' and cannot access the application in that tenant. The account needs to be added as an external user in the tenant first.");

    internal static EntraError UnknownRedirectUri(string address, string clientId) =>
        new(50011, "invalid_request", $"The redirect URI '{address}' specified in the request does not match the redirect URIs configured for the application '{clientId}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.");

    internal static EntraError UnsupportedResponseType(string type) =>
        new(70005, "unsupported_response_type", $"The provided value for the input parameter 'response_type' is not allowed for this client. Unexpected value: {type}.");

    internal static EntraError LoginRequired() => new(50058, "login_required", "A silent sign-in request was sent but no user is signed in.");

    internal static EntraError DeclinedConsent() => new(65004, "access_denied", "User declined to consent to access the app.") { Suberror = "cancel" };

    internal static EntraError InvalidCode() =>
        new(70000, "invalid_grant", "Provided grant is invalid or malformed. [Reason - The authorization code is unknown.]");

    internal static EntraError CodeOfAnotherApp() =>
        new(70000, "invalid_grant", "Provided grant is invalid or malformed. [Reason - The authorization code was issued to another application.]");

    internal static EntraError RedeemedCode() =>
        new(54005, "invalid_grant", "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.");

    internal static EntraError ExpiredCode() =>
        new(70008, "invalid_grant", "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.");

    internal static EntraError OtherRedirectUri(string sent, string authorized) =>
        new(500112, "invalid_client", $"The reply address '{sent}' does not match the reply address '{authorized}' provided when requesting Authorization code.");

    internal static EntraError WrongCodeVerifier() =>
        new(501481, "invalid_grant", "The Code_Verifier does not match the code_challenge supplied in the authorization request.");

    internal static EntraError InvalidRefreshToken() =>
        new(70000, "invalid_grant", "Provided grant is invalid or malformed. [Reason - The refresh token is unknown.]");

    internal static EntraError WrongUserAssertionSignature() =>
        new(50013, "invalid_grant", "Assertion failed signature validation. [Reason - The key was not found.]");

    internal static EntraError WrongUserAssertionAudience(string audience, string clientId) =>
        new(500131, "invalid_grant", $"Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '{audience}' and the expected audience is '{clientId}' or one of the Application Uris of this application. The downstream client must request a token for the expected audience (the application that made the OBO request) and this application should use that token as the assertion.");

    internal static EntraError UserAssertionNotInItsTime() =>
        new(500133, "invalid_grant", "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token.");

    internal static EntraError NobodyToActFor(string clientId) =>
        new(7000114, "invalid_grant", $"Application '{clientId}' is not allowed to make application on-behalf-of calls.");

    internal static EntraError InvalidDeviceCode() =>
        new(70000, "bad_verification_code", "Provided grant is invalid or malformed. [Reason - The device code is unknown or has been redeemed.]");

    internal static EntraError ExpiredDeviceCode() =>
        new(70020, "expired_token", "The provided value for the input parameter 'device_code' is not valid. This device code has expired.");

    internal static EntraError AuthorizationPending() =>
        new(70016, "authorization_pending", "OAuth 2.0 device flow error. Authorization is pending. Continue polling.");

    // The standard's; Entra counts such polls and does not say what it does about them.
    internal static EntraError PolledTooSoon() =>
        new(70016, "slow_down", "OAuth 2.0 device flow error. The client polls faster than the interval allows.");

    internal static EntraError AuthorizationDeclined() =>
        new(70018, "authorization_declined", "OAuth 2.0 device flow error. The end user denied the authorization request.");

    internal static EntraError UnknownInstance() => new(50049, "invalid_instance", "Unknown or invalid instance.");

    private static EntraError NoMatchingPart(int code, string part, string value) =>
        new(code, "invalid_client", $"No matching federated identity record found for presented assertion {part} '{value}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation", StatusCodes.Status401Unauthorized);

    internal Task AnswerAsync(HttpContext context, int? status = null)
    {
        string trace = EntraHeaders.Write(context);
        string correlation = EntraHeaders.CorrelationId(context);
        string timestamp = $"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ssZ}";
        var body = new JsonObject
        {
            ["error"] = Error,
            ["error_description"] = $"AADSTS{Code}: {Message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
            ["error_codes"] = new JsonArray(Code),
            ["timestamp"] = timestamp,
            ["trace_id"] = trace,
            ["correlation_id"] = correlation,
            ["error_uri"] = $"https://{context.Request.Host}/error?code={Code}",
        };
        if (Suberror is not null)
            body["suberror"] = Suberror;
        if (Claims is not null)
            body["claims"] = Claims;
        return context.AnswerAsync(body, status ?? Status);
    }
}

/// <summary>Ends a login request with an <see cref="EntraError"/>.</summary>
internal sealed class EntraException(EntraError error) : Exception(error.Message)
{
    public EntraError Error { get; } = error;
}

/// <summary>Reads a fault's error: a code, or an object with the names that Entra uses on the wire.</summary>
internal sealed class EntraErrorReader : JsonConverter<EntraError>
{
    public override EntraError Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        JsonElement root = document.RootElement;
        if (root.ValueKind == JsonValueKind.String)
            return EntraError.FromCode(root.GetString()!);

        int code = root.TryGetProperty("error_codes", out JsonElement codes) ? codes[0].GetInt32() : 0;
        EntraError known = EntraError.FromCode($"{code}");
        return known with
        {
            Error = Text(root, "error") ?? known.Error,
            Message = Text(root, "error_description") ?? known.Message,
            Suberror = Text(root, "suberror"),
            Claims = Text(root, "claims"),
        };
    }

    public override void Write(Utf8JsonWriter writer, EntraError value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"AADSTS{value.Code}");

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
