using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// What tests provoke by code alone. Names in braces stand for what the spoilt request has: see <see cref="For"/>.
/// </summary>
internal static class ErrorCatalog
{
    private static readonly FederatedCredential Presented = new("{issuer}", "{subject}", "{audience}");

    private static readonly EntraError[] ByPolicy =
    [
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
    }.Concat(ByPolicy).ToDictionary(error => error.Code);

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
