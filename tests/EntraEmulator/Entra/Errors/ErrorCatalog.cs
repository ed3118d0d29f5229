using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// What tests provoke by code alone. Names in braces stand for what the spoilt request has: see <see cref="For"/>.
/// </summary>
internal static class ErrorCatalog
{
    private static readonly FederatedCredential Presented = new("{issuer}", "{subject}", "{audience}");

    private const string ForeignAccount =
        "User account '{user}' from identity provider 'https://sts.windows.net/' does not exist in tenant '{tenant}' "
            + "and cannot access the application '{app}' in that tenant. The account needs to be added as an external "
            + "user in the tenant first. Sign out and sign in again with a different Azure Active Directory user "
            + "account.";

    /// <summary>
    /// Those that end a login or a session, as az and others have repeated them; where nobody has, as Microsoft's page
    /// of codes describes them.
    /// </summary>
    private static readonly EntraError[] OfUsers =
    [
        new(16000, "invalid_grant", ForeignAccount),
        new(50020, "invalid_grant", ForeignAccount),
        new(90072, "invalid_grant", ForeignAccount),
        new(50072, "invalid_grant", "User needs to enroll for second factor authentication (interactive)."),
        new(50074, "invalid_grant", "Strong Authentication is required."),
        new(50097, "invalid_grant", "Device authentication is required."),
        new(
            50132,
            "invalid_grant",
            "The session is not valid due the following reasons: password expiration or recent password change."),
        new(50133, "invalid_grant", "Session is invalid due to expiration or recent password change."),
        new(
            50199,
            "invalid_grant",
            "For security reasons, user confirmation is required for this request. Please repeat the request allowing "
                + "user interaction."),
        new(500121, "invalid_grant", "Authentication failed during strong authentication request."),
        new(
            70044,
            "invalid_grant",
            "The session has expired or is invalid due to sign-in frequency checks by conditional access."),
        new(
            50053,
            "invalid_grant",
            "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."),
        new(
            65002,
            "invalid_grant",
            "Consent between first party application '{app}' and first party resource '{resourceId}' must be "
                + "configured via preauthorization - applications owned and operated by Microsoft must get approval "
                + "from the API owner before requesting tokens for that API."),
    ];

    private static readonly EntraError[] ByPolicy =
    [
        new(
            53002,
            "invalid_grant",
            "The app used is not an approved app for Conditional Access. User needs to use one of the apps from the "
                + "list of approved apps to use in order to get access."),
        new(
            53004,
            "invalid_grant",
            "User needs to complete the multifactor authentication registration process before accessing this content. "
                + "User should register for multifactor authentication."),
        new(530032, "invalid_grant", "The tenant admin has configured a security policy that blocks this request."),
        new(530035, "invalid_grant", "Access has been blocked by security defaults."),
        new(
            530036,
            "invalid_grant",
            "The refresh token is invalid due to authentication flow checks by Conditional Access."),
        new(
            530084,
            "invalid_grant",
            "Access has been blocked by conditional access token protection policy configured by this organization. To "
                + "learn more, see https://aka.ms/TBCADocs."),
        ConditionalAccess.SecondFactorNeeded("{resourceId}"),
        ConditionalAccess.SecondFactorTooOld("{resourceId}"),
        ConditionalAccess.SecondFactorNotSetUp("{resourceId}"),
        ConditionalAccess.ExternalChallenge(),
        ConditionalAccess.DeviceNotCompliant(),
        ConditionalAccess.Blocked(),
        ConditionalAccess.DeviceNotManaged(),
    ];

    private static readonly Dictionary<int, EntraError> ByCode = new EntraError[]
    {
        Refusals.UnknownTenant("{tenantId}"),
        Refusals.MalformedTenant("{tenantId}"),
        Refusals.NoTenant(),
        Refusals.UnknownApp("{app}", "{tenant}"),
        Refusals.DisabledApp("{app}"),
        Refusals.UnknownResource("{resource}", "{tenant}"),
        Refusals.DisabledResource("{resource}"),
        Refusals.UnlistedResource("{app}", "{resource}"),
        Refusals.NotDefaultScope("{resource}"),

        Refusals.WrongSecret("{app}"),
        Refusals.ExpiredSecret("{app}"),
        Refusals.MissingCredential(),
        Refusals.MissingClientCredential(),
        Refusals.PublicClientWithCredential(),
        Refusals.AssertionNotInItsTime("{now}", "{earlier}", "{earlier}"),
        Refusals.UnknownCertificate("{thumbprint}", "{app}"),
        Refusals.NoMatchingCredential(Presented),
        Refusals.UnknownAssertionIssuer("{issuer}"),
        Refusals.UnknownAssertionAudience("{audience}"),
        Refusals.UnknownAssertionSubject("{subject}"),
        Refusals.AssertionSubjectInOtherCase("{subject}"),
        Refusals.UnverifiedAssertion(),
        Refusals.NoFederatedCredentials("{app}"),
        Refusals.UserTokenAsAssertion(),
        Refusals.AppTokenAsAssertion(),
        Refusals.ForeignIdentityAsAssertion("{issuer}"),

        Refusals.UnknownUser("{user}", "{tenant}"),
        Refusals.WrongPassword(),
        Refusals.UnassignedUser("{user}", "{app}"),
        Refusals.LoginRequired(),
        Refusals.DeclinedConsent(),
        Refusals.NoConsent("{app}"),

        Refusals.UnknownRedirectUri("{redirect}", "{app}"),
        Refusals.NoRedirectUri(),
        Refusals.RedeemedCode(),
        Refusals.ExpiredCode(),
        Refusals.InvalidRefreshToken(),
        Refusals.RevokedGrant("{earlier}", "{now}"),
        Refusals.TooOldLogin("{earlier}"),
        Refusals.UnusedLogin("{earlier}"),
        Refusals.UserAssertionNotInItsTime(),

        Refusals.AuthorizationPending(),
        Refusals.AuthorizationDeclined(),
        Refusals.ExpiredDeviceCode(),

        new(
            50001,
            "invalid_resource",
            "The application named {resource} was not found in the tenant named {tenantId}. This can happen if the "
                + "application has not been installed by the administrator of the tenant or consented to by any user "
                + "in the tenant. You might have sent your authentication request to the wrong tenant."),
        new(
            650052,
            "invalid_client",
            "The app is trying to access a service '{resourceId}'({resource}) that your organization '{tenantId}' "
                + "lacks a service principal for. Contact your IT Admin to review the configuration of your service "
                + "subscriptions or consent to the application in order to create the required service principal."),

        // That it cannot answer now, Entra says with 400 too.
        new(90006, "temporarily_unavailable", "The service is temporarily unavailable. Please retry later."),
        new(90024, "temporarily_unavailable", "A transient error has occurred. Please try again."),
        new(
            50087,
            "temporarily_unavailable",
            "A transient error has occurred during strong authentication. Please try again."),
        new(
            50196,
            "invalid_grant",
            "The server terminated an operation because it encountered a client request loop. Please contact your app "
                + "vendor."),
        new(
            90033,
            "temporarily_unavailable",
            "A transient error has occurred. Please try again.",
            StatusCodes.Status503ServiceUnavailable),
        new(
            90055,
            "temporarily_unavailable",
            "The request was throttled due to too many incoming requests for the tenant. Please try again later.",
            StatusCodes.Status429TooManyRequests),
    }.Concat(OfUsers).Concat(ByPolicy).ToDictionary(error => error.Code);

    // Where the endpoint of version 1 has another form.
    private static readonly Dictionary<int, EntraError> InV1 = ByPolicy.Select(ConditionalAccess.InV1)
        .Append(Refusals.ExpiredDeviceCode() with { Error = "code_expired" })
        .ToDictionary(error => error.Code);

    /// <summary>The error of a code such as AADSTS50058.</summary>
    public static EntraError Find(string code)
    {
        int number = int.Parse(
            code.Replace("AADSTS", "", StringComparison.OrdinalIgnoreCase), CultureInfo.InvariantCulture);
        return ByCode.GetValueOrDefault(number) ?? new(number, "invalid_request", "An error that a test asked for.");
    }

    /// <summary>
    /// The error as this request gets it: with its names, and as its endpoint says it. What a test has changed about an
    /// error stays as it is.
    /// </summary>
    public static EntraError For(EntraError error, HttpContext context, EntraDirectory directory)
    {
        if (error == ByCode.GetValueOrDefault(error.Code))
            error = AtEndpoint(error, context.Request.Path.ToString());
        return error with { Message = RequestedNames.Of(context, directory).Fill(error.Message) };
    }

    private static EntraError AtEndpoint(EntraError error, string path)
    {
        if (path.EndsWith("/oauth2/token", StringComparison.OrdinalIgnoreCase))
            return InV1.GetValueOrDefault(error.Code) ?? error;
        return path.EndsWith(DiscoveryEndpoints.Configuration, StringComparison.OrdinalIgnoreCase)
            ? DiscoveryEndpoints.InDiscovery(error)
            : error;
    }
}
