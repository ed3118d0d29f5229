using System.Text.RegularExpressions;
using static MonitorToken.TokenError;

namespace MonitorToken.Engine.Errors;

/// <summary>
/// The AADSTS error codes that users encounter, with the action to recommend for each; codes from Microsoft's page
/// "Microsoft Entra authentication and authorization error codes" and from public issues. about_MonitorToken_Errors
/// documents every code here, and a test raises each.
/// </summary>
internal static class EntraErrors
{
    /// <summary>
    /// The OAuth 2.0 error for a transient failure (RFC 6749), which may come without an AADSTS code.
    /// </summary>
    private const string Unavailable = "temporarily_unavailable";

    public const string TryAgain = "Entra can't respond right now. Try again.";

    private const string BlockedSignIn =
        "A Conditional Access policy blocks this sign-in. To find out which one, see the sign-in log.";

    private const string OnlyManaged =
        "use -FederatedCredential with a user-assigned managed identity, or a token from an issuer other than Entra.";

    public static IReadOnlyList<Entry> All { get; } =
    [
        // The application and its secret, certificate or assertion.
        new("AADSTS7000215", AuthenticationFailed,
            "Specify the value of one of the application's client secrets, not the secret's ID. To create a secret, go "
                + "to App registrations > Certificates & secrets."),
        new("AADSTS7000222", AuthenticationFailed,
            "The secret has expired. Create a new one in App registrations > Certificates & secrets."),
        new("AADSTS7000216", AuthenticationFailed,
            "The request had no secret and no assertion. Specify -ClientSecret, a certificate or a federated token."),
        new("AADSTS7000218", AuthenticationFailed,
            "The application isn't a public client. Turn on Allow public client flows in App registrations > "
                + "Authentication, or specify a secret or certificate."),
        new("AADSTS700016", AuthenticationFailed,
            "Check -ClientId and -TenantId. The application must be registered in this tenant, or an administrator of "
                + "the tenant must consent to it."),
        new("AADSTS700025", AuthenticationFailed,
            "The application is a public client, which can't use a secret. Turn off Allow public client flows in App "
                + "registrations > Authentication, or sign in without a secret."),
        .. Each(["AADSTS700027", "AADSTS50012"], AuthenticationFailed,
            "Upload this certificate to the application in App registrations > Certificates & secrets, or specify "
                + "-SendCertificateChain if the application trusts its issuer."),
        new("AADSTS700023", AuthenticationFailed,
            "The assertion is for another authority. Check -TenantId and -Environment."),
        new("AADSTS700024", AuthenticationFailed,
            "The assertion isn't currently valid. Check this machine's clock, and use a new assertion."),
        new("AADSTS700021", AuthenticationFailed, "The assertion is for another application. Check -ClientId."),
        new("AADSTS70021", AuthenticationFailed,
            "Add a federated credential with this issuer, subject and audience to the application."),
        new("AADSTS700211", AuthenticationFailed, "Add a federated credential with this issuer to the application."),
        new("AADSTS700212", AuthenticationFailed, "Add a federated credential with this audience to the application."),
        new("AADSTS700213", AuthenticationFailed, "Add a federated credential with this subject to the application."),
        new("AADSTS7002138", AuthenticationFailed,
            "The subject of the federated credential differs in case. Change it to the one in the "
                + "message."),
        new("AADSTS70025", AuthenticationFailed,
            "Add a federated credential to the application in App registrations > Certificates & secrets."),
        new("AADSTS700222", AuthenticationFailed, "Entra's own tokens can't be assertions: " + OnlyManaged),
        new("AADSTS700226", AuthenticationFailed, "An application's token can't be an assertion: " + OnlyManaged),
        new("AADSTS700229", AuthenticationFailed, "A user's token can't be an assertion: " + OnlyManaged),
        new("AADSTS700236", AuthenticationFailed,
            "The application must be registered in the managed identity's own tenant. Make it multitenant there, "
                + "and consent to it in the other tenants."),
        new("AADSTS700238", AuthenticationFailed,
            "An application doesn't accept an assertion from another cloud. Use a managed identity, secret or "
                + "certificate from its own cloud."),
        new("AADSTS50013", AuthenticationFailed,
            "Entra doesn't accept the assertion. It may be for another application, malformed or expired. "
                + "Get a new one."),
        new("AADSTS50027", AuthenticationFailed,
            "Entra can't read the assertion as a token. Check where it came from."),
        new("AADSTS7000112", AuthenticationFailed,
            "The application is disabled. Enable it in Enterprise applications > Properties."),
        new("AADSTS50105", AuthenticationFailed,
            "Assign the user or a group to the application in Enterprise applications > Users and groups."),
        new("AADSTS50011", AuthenticationFailed,
            "Register -RedirectUri with the application in App registrations > Authentication."),
        new("AADSTS900971", AuthenticationFailed,
            "The application has no redirect URI. Register one in App registrations > Authentication."),
        new("AADSTS65002", AuthenticationFailed,
            "Microsoft hasn't authorized this tool for this resource. Use -AzureCli, or an application of your own."),
        new("AADSTS90094", AuthenticationFailed,
            "Only an administrator can consent to this application, in Enterprise applications > Permissions."),

        // The tenant.
        new("AADSTS90002", AuthenticationFailed, "Check -TenantId, and the cloud in -Environment."),
        new("AADSTS900023", InvalidTenant,
            "Specify the tenant's ID (a GUID) or one of its domain names with -TenantId."),
        .. Each(["AADSTS50059", "AADSTS50128", "AADSTS90019", "AADSTS9001023"], InvalidTenant,
            "Specify one tenant with -TenantId, by its ID (a GUID) or one of its domain names. The values "
                + "common and organizations stand for any tenant."),
        new("AADSTS50194", InvalidTenant, "The application is registered for one tenant. Specify it with -TenantId."),
        .. Each(["AADSTS90038", "AADSTS900382", "AADSTS900432"], AuthenticationFailed,
            "The tenant belongs to another cloud. Specify that cloud with -Environment, such as AzureUSGovernment."),

        // The user.
        .. Each(["AADSTS16000", "AADSTS50020", "AADSTS90072"], InteractionRequired,
            "The account isn't in this tenant. Sign in with another one, or check -TenantId. An administrator can "
                + "also invite the account as a guest."),
        new("AADSTS50034", AuthenticationFailed,
            "There's no such user in this tenant. Check the user name and -TenantId."),
        new("AADSTS50126", AuthenticationFailed, "The user name or the password is wrong."),
        new("AADSTS50053", AuthenticationFailed,
            "The account is locked after too many failed sign-ins, or the sign-in came from an IP address with "
                + "malicious activity. Wait and try again. Entra's sign-in log shows which of the two it is."),
        new("AADSTS50055", InteractionRequired, "The password has expired. Sign in interactively to change it."),
        new("AADSTS50057", AuthenticationFailed, "The user's account is disabled. An administrator can enable it."),
        new("AADSTS50058", InteractionRequired, "No user is signed in. Sign in interactively."),
        new("AADSTS50072", InteractionRequired, "Multifactor authentication must be set up. Sign in interactively."),
        .. Each(["AADSTS50074", "AADSTS50076"], InteractionRequired,
            "Multifactor authentication is required. Sign in interactively."),
        new("AADSTS50078", InteractionRequired, "The multifactor authentication has expired. Sign in interactively."),
        new("AADSTS50079", InteractionRequired, "Multifactor authentication must be set up. Sign in interactively."),
        new("AADSTS50097", InteractionRequired,
            "The device must authenticate too. Sign in interactively on a device that's registered in the tenant."),
        .. Each(["AADSTS50132", "AADSTS50133"], InteractionRequired,
            "The login is no longer valid, for example after a password change. Sign in again."),
        new("AADSTS50135", InteractionRequired,
            "The account is at risk, so its password must be changed. Sign in interactively to change it."),
        new("AADSTS50144", InteractionRequired,
            "The password has expired in Active Directory. Change it, and sign in again."),
        new("AADSTS50158", InteractionRequired, "Another step is required. Sign in interactively."),
        new("AADSTS50173", InteractionRequired,
            "The login is no longer valid, for example after a password change. Sign in again."),
        new("AADSTS50199", InteractionRequired, "A user must confirm this sign-in. Sign in interactively."),
        new("AADSTS500121", InteractionRequired,
            "The second factor wasn't confirmed. Sign in again, and confirm it in time."),
        new("AADSTS53004", InteractionRequired,
            "Multifactor authentication must be set up first. Go to https://aka.ms/mysecurityinfo, and sign in again."),
        .. Each(["AADSTS70043", "AADSTS70044"], InteractionRequired,
            "The login has expired because of a sign-in frequency policy. Sign in again."),
        new("AADSTS70008", InteractionRequired, "The code or the login has expired. Sign in again."),
        new("AADSTS700082", InteractionRequired,
            "The login has expired because it wasn't used for a long time. Sign in again."),
        new("AADSTS700084", InteractionRequired,
            "The login of a single-page application has expired, which happens after a day. Sign in again."),
        new("AADSTS500133", InteractionRequired, "The user's token has expired. Get a new one from the user."),
        new("AADSTS54005", InteractionRequired, "The code was already used. Sign in again."),
        new("AADSTS65001", InteractionRequired,
            "Nobody has consented to this application's use of the resource. "
                + "An administrator can, in Enterprise applications > Permissions."),
        new("AADSTS65004", AuthenticationFailed, "The user declined. Run the command again and accept."),
        new("AADSTS70016", InteractionRequired,
            "The code hasn't been entered yet. Enter it, or run the command again for a new one."),
        .. Each(["AADSTS70019", "AADSTS70020"], TokenError.Timeout,
            "The code expired before it was entered. Run the command again for a new one."),

        // Conditional Access. A user can often satisfy the policy; an application cannot.
        Policy("AADSTS53000",
            "A Conditional Access policy requires a compliant device. Sign in on one, "
                + "or exclude this application from the policy."),
        Policy("AADSTS53001",
            "A Conditional Access policy requires a domain-joined device. "
                + "Sign in on one, or exclude this application from the policy."),
        new("AADSTS53002", AuthenticationFailed,
            "A Conditional Access policy allows only approved applications, and this isn't one of them. Sign in with "
                + "one that is, or exclude this application from the policy."),
        Policy("AADSTS53003", BlockedSignIn),
        Policy("AADSTS50131", BlockedSignIn),
        new("AADSTS53011", AuthenticationFailed,
            "The account is blocked in its home tenant because of a risk. An administrator there can unblock it."),
        Policy("AADSTS530003",
            "A Conditional Access policy requires a managed device. Sign in on one, "
                + "or exclude this application from the policy."),
        new("AADSTS530032", AuthenticationFailed,
            "A security policy of the tenant blocks this sign-in. To find out which one, see the sign-in log or ask an "
                + "administrator."),
        Policy("AADSTS530035",
            "Security defaults block this sign-in, as they block all device codes. Sign in with a browser.",
            byNewLogIn: true),
        Policy("AADSTS530036",
            "A Conditional Access policy blocks sign-ins that start with a device code. Sign in with a browser.",
            byNewLogIn: true),
        Policy("AADSTS530084",
            "A Conditional Access policy requires token protection, which sign-ins in a browser or by device code "
                + "don't have. On Windows, run az login or Connect-AzAccount, which use the broker (WAM), and use "
                + "-AzureCli or -AzurePowerShell."),

        // The resource.
        .. Each(["AADSTS500011", "AADSTS50001", "AADSTS650052"], ResourceNotFound,
            "Check that the resource is spelled exactly, including any trailing slash, and that -Environment is its "
                + "cloud. If both are correct, its service principal is missing in this tenant. An administrator can "
                + "create it with New-AzADServicePrincipal or az ad sp create --id, from the resource's application "
                + "ID."),
        new("AADSTS500014", ResourceNotFound,
            "The resource is disabled in this tenant. An administrator must enable its service principal."),
        new("AADSTS650057", ResourceNotFound,
            "Add the resource to the application in App registrations > API permissions."),
        new("AADSTS1002012", InvalidResource,
            "Without a user, the scope must be a resource and /.default. Specify -Resource instead of -Scope."),
        new("AADSTS70011", InvalidResource,
            "The scope isn't valid. Specify a resource and one of its permissions, or -Resource instead of -Scope."),

        // Entra itself. These are transient and say nothing about the client.
        .. Each(
            [
                "AADSTS50033", "AADSTS50087", "AADSTS90006", "AADSTS90012", "AADSTS90024", "AADSTS90033", "AADSTS90034",
                "AADSTS90090",
            ],
            AuthorityUnreachable,
            TryAgain),
        new("AADSTS90055", Throttled, "The tenant sends too many requests. Wait, and send fewer requests."),
        new("AADSTS50196", Throttled,
            "Entra detected a client that requests tokens in a loop, and blocks it for a while. Reuse tokens, and send "
            + "fewer requests."),
    ];

    private static readonly Dictionary<string, Entry> ByCode = All.ToDictionary(
        entry => entry.Code,
        StringComparer.Ordinal);

    /// <summary>Returns the entry of a code; null if there is no code, or it is not known.</summary>
    public static Entry? Find(string? code) =>
        code is not null && ByCode.TryGetValue(code, out Entry? entry) ? entry : null;

    /// <summary>
    /// Whether Entra cannot answer at the moment, no matter what was requested. It reports that with HTTP 400 too.
    /// </summary>
    public static bool IsTransient(string? code, string? error) =>
        error == Unavailable || Find(code)?.Error is AuthorityUnreachable or Throttled;

    /// <summary>Finds the AADSTS code in an error description; null if there is none.</summary>
    public static string? FindCode(string? text) =>
        Regex.Match(text ?? string.Empty, "AADSTS[0-9]{1,12}") is { Success: true } match ? match.Value : null;

    /// <summary>Creates the entries of codes that mean the same.</summary>
    private static IEnumerable<Entry> Each(string[] codes, TokenError error, string action) =>
        codes.Select(code => new Entry(code, error, action));

    /// <summary>Creates the entry of a policy that a user may be able to satisfy, but an application cannot.</summary>
    private static Entry Policy(string code, string action, bool byNewLogIn = false) =>
        new(code, AuthenticationFailed, action, InteractionRequired) { IsAnsweredByLogIn = byNewLogIn };

    /// <summary>
    /// A known error code: its error id, the recommended action, and the error id for a user where it differs.
    /// </summary>
    internal sealed record Entry(string Code, TokenError Error, string Action, TokenError? PersonError = null)
    {
        /// <summary>
        /// Whether a new login to a developer tool, such as the Azure CLI, resolves an InteractionRequired error.
        /// </summary>
        public bool IsAnsweredByLogIn { get; init; } = true;

        /// <summary>Returns the error id for a user or an application.</summary>
        public TokenError ErrorFor(bool isPerson) => isPerson ? PersonError ?? Error : Error;
    }
}
