using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>What Entra says when it refuses, word for word as far as it has been recorded.</summary>
internal static class Refusals
{
    private const int Unauthorized = StatusCodes.Status401Unauthorized;
    private const string Federation = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";
    private const string Certificates =
        "Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .";

    // ---- the request

    public static EntraError Malformed() =>
        new(9002313, "invalid_request", "Invalid request. Request is malformed or invalid.");

    public static EntraError MissingParameter(string name) =>
        new(900144, "invalid_request", $"The request body must contain the following parameter: '{name}'.");

    public static EntraError UnsupportedGrant(string grantType) =>
        new(70003, "unsupported_grant_type", $"The app requested an unsupported grant type '{grantType}'.");

    public static EntraError NotDefaultScope(string scope) => new(
        1002012,
        "invalid_scope",
        $"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with "
            + "/.default suffixed to the resource identifier (application ID URI).");

    public static EntraError SeveralResources(string scope) => new(
        28000,
        "invalid_request",
        "Provided value for the input parameter scope is not valid because it contains more than one resource. "
            + $"Scope {scope} is not valid.");

    public static EntraError UnknownInstance() => new(50049, "invalid_instance", "Unknown or invalid instance.");

    // ---- tenant, app and resource

    public static EntraError UnknownTenant(string tenant) => new(
        90002,
        "invalid_request",
        $"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the "
            + "correct cloud. Check with your subscription administrator, this may happen if there are no active "
            + "subscriptions for the tenant.");

    public static EntraError MalformedTenant(string tenant) => new(
        900023,
        "invalid_request",
        $"Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.");

    public static EntraError NoTenant() => new(
        50059,
        "invalid_request",
        "No tenant-identifying information found in either the request or implied by any provided credentials.");

    public static EntraError UnknownApp(string clientId, string tenant) => new(
        700016,
        "unauthorized_client",
        $"Application with identifier '{clientId}' was not found in the directory '{tenant}'. This can happen if the "
            + "application has not been installed by the administrator of the tenant or consented to by any user in "
            + "the tenant. You may have sent your authentication request to the wrong tenant.");

    public static EntraError DisabledApp(string clientId) =>
        new(7000112, "unauthorized_client", $"Application '{clientId}'(emulated) is disabled.");

    public static EntraError UnknownResource(string resource, string tenant) => new(
        500011,
        "invalid_resource",
        $"The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the "
            + "application has not been installed by the administrator of the tenant or consented to by any user in "
            + "the tenant. You might have sent your authentication request to the wrong tenant.");

    public static EntraError DisabledResource(string resource) => new(
        500014,
        "invalid_resource",
        $"The service principal for resource '{resource}' is disabled. This indicate that a subscription within the "
            + "tenant has lapsed, or that the administrator for this tenant has disabled the application, preventing "
            + "tokens from being issued for it.");

    public static EntraError UnlistedResource(string clientId, string resource) => new(
        650057,
        "invalid_resource",
        "Invalid resource. The client has requested access to a resource which is not listed in the requested "
            + $"permissions in the client's application registration. Client app ID: {clientId}(emulated). Resource "
            + $"value from request: {resource}. Resource app ID: {resource}. List of valid resources from app "
            + "registration: .");

    // ---- how the app proves itself

    public static EntraError WrongSecret(string clientId) => new(
        7000215,
        "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not "
            + $"the client secret ID, for a secret added to app '{clientId}'.",
        Unauthorized);

    public static EntraError ExpiredSecret(string clientId) => new(
        7000222,
        "invalid_client",
        $"The provided client secret keys for app '{clientId}' are expired. Visit the Azure portal to create new keys "
            + "for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added "
            + "security: https://aka.ms/certCreds.",
        Unauthorized);

    public static EntraError MissingCredential() => new(
        7000216,
        "invalid_client",
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
        Unauthorized);

    public static EntraError MissingClientCredential() => new(
        7000218,
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        Unauthorized);

    public static EntraError PublicClientWithCredential() => new(
        700025,
        "invalid_client",
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        Unauthorized);

    public static EntraError MalformedJwt() => new(50027, "invalid_request", "JWT token is invalid or malformed.");

    public static EntraError UnsupportedAlgorithm(string algorithm) => new(
        5002738, "invalid_request", $"Invalid JWT token. '{algorithm}' is not a supported signature algorithm.");

    public static EntraError UnknownCertificate(string identifier, string clientId) =>
        WrongAssertionSignature("The key was not found.", identifier, clientId);

    public static EntraError WrongCertificateKey(string identifier, string clientId) =>
        WrongAssertionSignature("The key used is expired or does not match.", identifier, clientId);

    public static EntraError AssertionOfAnotherApp() => new(
        700021,
        "invalid_client",
        "Client assertion application identifier doesn't match 'client_id' parameter.",
        Unauthorized);

    public static EntraError WrongAssertionAudience() => new(
        700023,
        "invalid_client",
        $"Client assertion audience claim does not match Realm issuer. {Certificates}",
        Unauthorized);

    public static EntraError AssertionNotInItsTime(
        DateTimeOffset now, DateTimeOffset? notBefore, DateTimeOffset? expiresOn) =>
        AssertionNotInItsTime($"{now.UtcDateTime:O}", $"{notBefore?.UtcDateTime:O}", $"{expiresOn?.UtcDateTime:O}");

    public static EntraError AssertionNotInItsTime(string now, string notBefore, string expiresOn) => new(
        700024,
        "invalid_client",
        $"Client assertion is not within its valid time range. Current time: {now}, assertion valid from {notBefore}, "
            + $"expiry time of assertion {expiresOn}. {Certificates}",
        Unauthorized);

    public static EntraError UnverifiedAssertion() => new(
        50013,
        "invalid_client",
        "Assertion failed signature validation. [Reason - The key was not found.]",
        Unauthorized);

    public static EntraError NoFederatedCredentials(string clientId) => new(
        70025,
        "invalid_client",
        $"The client '{clientId}' has no configured federated identity credentials.",
        Unauthorized);

    public static EntraError NoMatchingCredential(FederatedCredential presented) => new(
        70021,
        "invalid_request",
        $"No matching federated identity record found for presented assertion. Assertion Issuer: '{presented.Issuer}'. "
            + $"Assertion Subject: '{presented.Subject}'. Assertion Audience: '{presented.Audience}'. {Federation}");

    public static EntraError UnknownAssertionIssuer(string issuer) => NoMatchingPart(700211, "issuer", issuer);

    public static EntraError UnknownAssertionAudience(string audience) => NoMatchingPart(700212, "audience", audience);

    public static EntraError UnknownAssertionSubject(string subject) => NoMatchingPart(700213, "subject", subject);

    public static EntraError AssertionSubjectInOtherCase(string subject) => new(
        7002138,
        "invalid_client",
        $"No matching federated identity record found for presented assertion subject '{subject}'. The subject matches "
            + "with case-insensitive comparison, but not with case-sensitive comparison. Check your federated identity "
            + $"credential Subject, Audience and Issuer against the presented assertion. {Federation}",
        Unauthorized);

    // Entra's own tokens as assertions: these texts have been seen, their statuses have not.
    public static EntraError UserTokenAsAssertion() => new(
        700229,
        "invalid_client",
        "Forbidden token type. Only app-only tokens may be used as Federated Identity Credentials for AAD issuer.",
        Unauthorized);

    public static EntraError AppTokenAsAssertion() => new(
        700226,
        "invalid_client",
        "Only MSI tokens may be used as Federated Identity Credentials for AAD issuer.",
        Unauthorized);

    public static EntraError ForeignIdentityAsAssertion(string issuer) => new(
        700236,
        "invalid_client",
        $"Entra ID tokens issued by issuer '{issuer}' may not be used for federated identity credential flows for "
            + "applications or managed identities registered in this tenant.",
        Unauthorized);

    // ---- the user

    public static EntraError UnknownUser(string name, string tenant) => new(
        50034,
        "invalid_grant",
        $"The user account {name} does not exist in the {tenant} directory. To sign into this application, the account "
            + "must be added to the directory.")
    {
        Suberror = "bad_token",
    };

    public static EntraError ForeignUser(User user, string tenant) => new(
        50020,
        "invalid_grant",
        $"User account '{user.UserPrincipalName}' from identity provider '{TokenIssuer.Issuer($"{user.Tenant.Id}")}' "
            + $"does not exist in tenant '{tenant}' and cannot access the application in that tenant. The account "
            + "needs to be added as an external user in the tenant first.");

    public static EntraError WrongPassword() => new(
        50126, "invalid_grant", "Error validating credentials due to invalid username or password.");

    public static EntraError UnassignedUser(string user, string clientId) => new(
        50105,
        "invalid_grant",
        $"Your administrator has configured the application emulated ('{clientId}') to block users unless they are "
            + $"specifically granted ('assigned') access to the application. The signed in user '{user}' is blocked "
            + "because they are not a direct member of a group with access, nor had access directly assigned by an "
            + "administrator. Please contact your administrator to assign access to this application.");

    public static EntraError LoginRequired() =>
        new(50058, "login_required", "A silent sign-in request was sent but no user is signed in.");

    public static EntraError DeclinedConsent() =>
        new(65004, "access_denied", "User declined to consent to access the app.") { Suberror = "cancel" };

    public static EntraError NoConsent(string clientId) => new(
        65001,
        "invalid_grant",
        $"The user or administrator has not consented to use the application with ID '{clientId}'. Send an interactive "
            + "authorization request for this user and resource.")
    {
        Suberror = "consent_required",
    };

    // ---- redirects and codes

    public static EntraError UnknownRedirectUri(string address, string clientId) => new(
        50011,
        "invalid_request",
        $"The redirect URI '{address}' specified in the request does not match the redirect URIs configured for the "
            + $"application '{clientId}'. Make sure the redirect URI sent in the request matches one added to your "
            + "application in the Azure portal.");

    public static EntraError NoRedirectUri() => new(900971, "invalid_request", "No reply address provided.");

    public static EntraError UnsupportedResponseType(string type) => new(
        70005,
        "unsupported_response_type",
        "The provided value for the input parameter 'response_type' is not allowed for this client. "
            + $"Unexpected value: {type}.");

    public static EntraError InvalidCode() => new(
        70000,
        "invalid_grant",
        "Provided grant is invalid or malformed. [Reason - The authorization code is unknown.]");

    public static EntraError CodeOfAnotherApp() => new(
        70000,
        "invalid_grant",
        "Provided grant is invalid or malformed. [Reason - The authorization code was issued to another application.]");

    public static EntraError RedeemedCode() => new(
        54005,
        "invalid_grant",
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh "
            + "token.")
    {
        HasUri = false,
    };

    public static EntraError ExpiredCode() => new(
        70008,
        "invalid_grant",
        "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive "
            + "authorization request for this user and resource.");

    public static EntraError OtherRedirectUri(string sent, string authorized) => new(
        500112,
        "invalid_client",
        $"The reply address '{sent}' does not match the reply address '{authorized}' provided when requesting "
            + "Authorization code.");

    public static EntraError WrongCodeVerifier() => new(
        501481,
        "invalid_grant",
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.");

    // ---- refresh tokens

    public static EntraError InvalidRefreshToken() => new(
        70000, "invalid_grant", "Provided grant is invalid or malformed. [Reason - The refresh token is unknown.]");

    public static EntraError RevokedGrant(string issued, string validFrom) => new(
        50173,
        "invalid_grant",
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have "
            + $"changed or reset their password. The grant was issued on '{issued}' and the TokensValidFrom date "
            + $"(before which tokens are not valid) for this user is '{validFrom}'.")
    {
        Suberror = "bad_token",
    };

    public static EntraError TooOldLogin(string issued) => new(
        70043,
        "invalid_grant",
        "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token "
            + $"was issued on {issued} and the maximum allowed lifetime for this request is 43200.")
    {
        Suberror = "token_expired",
        HasUri = false,
    };

    public static EntraError UnusedLogin(string issued) => new(
        700082,
        "invalid_grant",
        $"The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for "
            + "90.00:00:00.");

    // ---- on behalf of a user

    public static EntraError WrongUserAssertionSignature() =>
        new(50013, "invalid_grant", "Assertion failed signature validation. [Reason - The key was not found.]");

    public static EntraError WrongUserAssertionAudience(string audience, string clientId) => new(
        500131,
        "invalid_grant",
        "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was "
            + $"'{audience}' and the expected audience is '{clientId}' or one of the Application Uris of this "
            + "application. The downstream client must request a token for the expected audience (the application that "
            + "made the OBO request) and this application should use that token as the assertion.");

    public static EntraError UserAssertionNotInItsTime() => new(
        500133,
        "invalid_grant",
        "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for "
            + "user assertion, or request a new token.");

    public static EntraError NobodyToActFor(string clientId) => new(
        7000114, "invalid_grant", $"Application '{clientId}' is not allowed to make application on-behalf-of calls.");

    // ---- device codes: only the pending answer has ever been recorded

    public static EntraError AuthorizationPending() => new(
        70016,
        "authorization_pending",
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.");

    // The standard's; Entra counts such polls and does not say what it does about them.
    public static EntraError PolledTooSoon() => new(
        70016, "slow_down", "OAuth 2.0 device flow error. The client polls faster than the interval allows.");

    public static EntraError AuthorizationDeclined() => new(
        70018, "authorization_declined", "OAuth 2.0 device flow error. The end user denied the authorization request.");

    public static EntraError ExpiredDeviceCode() => new(
        70020,
        "expired_token",
        "The provided value for the input parameter 'device_code' is not valid. This device code has expired.");

    public static EntraError InvalidDeviceCode() => new(
        70000,
        "bad_verification_code",
        "Provided grant is invalid or malformed. [Reason - The device code is unknown or has been redeemed.]");

    private static EntraError WrongAssertionSignature(string reason, string identifier, string clientId) => new(
        700027,
        "invalid_client",
        $"Client assertion contains an invalid signature. [Reason - {reason}, Thumbprint of key used by client: "
            + $"'{identifier}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see "
            + $"configured keys for app Id '{clientId}'. Review the documentation at "
            + "https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and "
            + "https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a "
            + $"query request URL, such as 'https://graph.microsoft.com/beta/applications/{clientId}']. Alternatively, "
            + "SNI may be configured on the app. Please ensure that client assertion is being sent with the x5c claim "
            + "in the JWT header using MSAL's WithSendX5C() method so that Azure Active Directory can validate the "
            + "certificate being used.",
        Unauthorized);

    private static EntraError NoMatchingPart(int code, string part, string value) => new(
        code,
        "invalid_client",
        $"No matching federated identity record found for presented assertion {part} '{value}'. Check your federated "
            + $"identity credential Subject, Audience and Issuer against the presented assertion. {Federation}",
        Unauthorized);
}
