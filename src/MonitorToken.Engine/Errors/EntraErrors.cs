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

    public const string TryAgain = "Entra cannot answer for a moment: try again.";

    private const string BlockedSignIn =
        "A Conditional Access policy blocks this sign-in: see the sign-in log for which one.";

    private const string OnlyManaged =
        "give -FederatedCredential a user-assigned managed identity, or the token of an issuer outside of Entra.";

    public static IReadOnlyList<Entry> All { get; } =
    [
        // The application and its secret, certificate or assertion.
        new("AADSTS7000215", AuthenticationFailed,
            "Give the secret's value, not its id, of an application in this tenant; a new one is made under App "
                + "registrations > Certificates & secrets."),
        new("AADSTS7000222", AuthenticationFailed,
            "The secret has expired: make a new one under App registrations > Certificates & secrets."),
        new("AADSTS7000216", AuthenticationFailed,
            "The request had neither secret nor assertion: give -ClientSecret, a certificate or a federated token."),
        new("AADSTS7000218", AuthenticationFailed,
            "The application is not registered for people: allow public client flows under App registrations > "
                + "Authentication, or give it a secret or certificate."),
        new("AADSTS700016", AuthenticationFailed,
            "Check -ClientId and -TenantId: the application must be registered in this tenant, or consented to there."),
        new("AADSTS700025", AuthenticationFailed,
            "The application is registered for people alone: turn public client flows off under App registrations > "
                + "Authentication, or sign in without a secret."),
        .. Each(["AADSTS700027", "AADSTS50012"], AuthenticationFailed,
            "Upload this certificate to the application under App registrations > Certificates & secrets, or give "
                + "-SendCertificateChain where the application trusts its issuer."),
        new("AADSTS700023", AuthenticationFailed,
            "The assertion was made for another authority: check -TenantId and -Environment."),
        new("AADSTS700024", AuthenticationFailed,
            "The assertion is not valid now: check this machine's clock, and use a fresh assertion."),
        new("AADSTS700021", AuthenticationFailed, "The assertion names another application: check -ClientId."),
        new("AADSTS70021", AuthenticationFailed,
            "Add a federated credential with this issuer, subject and audience to the application."),
        new("AADSTS700211", AuthenticationFailed, "Add a federated credential with this issuer to the application."),
        new("AADSTS700212", AuthenticationFailed, "Add a federated credential with this audience to the application."),
        new("AADSTS700213", AuthenticationFailed, "Add a federated credential with this subject to the application."),
        new("AADSTS7002138", AuthenticationFailed,
            "The subject of the federated credential differs in upper and lower case: change it to the one in the "
                + "message."),
        new("AADSTS70025", AuthenticationFailed,
            "Add a federated credential to the application, under App registrations > Certificates & secrets."),
        new("AADSTS700222", AuthenticationFailed, "Entra's own tokens cannot be assertions: " + OnlyManaged),
        new("AADSTS700226", AuthenticationFailed, "An application's token cannot be an assertion: " + OnlyManaged),
        new("AADSTS700229", AuthenticationFailed, "A user's token cannot be an assertion: " + OnlyManaged),
        new("AADSTS700236", AuthenticationFailed,
            "The application must be registered in the managed identity's own tenant: make it a multitenant one there, "
                + "and consent to it in the other tenants."),
        new("AADSTS700238", AuthenticationFailed,
            "An application takes no assertion from another cloud: give it a managed identity, secret or certificate "
                + "of its own cloud."),
        new("AADSTS50013", AuthenticationFailed,
            "Entra does not accept the assertion: it may be for another application, malformed, or no longer valid. "
                + "Get a fresh one."),
        new("AADSTS50027", AuthenticationFailed,
            "The assertion is not a token that Entra can read: check where it was taken from."),
        new("AADSTS7000112", AuthenticationFailed,
            "The application is disabled: enable it under Enterprise applications > Properties."),
        new("AADSTS50105", AuthenticationFailed,
            "Assign the user, or a group, to the application under Enterprise applications > Users and groups."),
        new("AADSTS50011", AuthenticationFailed,
            "Register the address of -RedirectUri with the application under App registrations > Authentication."),
        new("AADSTS900971", AuthenticationFailed,
            "The application has no address to return to: register one under App registrations > Authentication."),
        new("AADSTS65002", AuthenticationFailed,
            "Microsoft has not authorized this tool for this resource: use -AzureCli, or an application of your own."),
        new("AADSTS90094", AuthenticationFailed,
            "Only an administrator can consent to this application, under Enterprise applications > Permissions."),

        // The tenant.
        new("AADSTS90002", AuthenticationFailed, "Check -TenantId, and the cloud that -Environment names."),
        new("AADSTS900023", InvalidTenant, "Give the tenant's id (a GUID) or one of its domain names to -TenantId."),
        .. Each(["AADSTS50059", "AADSTS50128", "AADSTS90019", "AADSTS9001023"], InvalidTenant,
            "Give one tenant to -TenantId, by its id (a GUID) or one of its domain names: common and organizations "
                + "stand for any."),
        new("AADSTS50194", InvalidTenant, "The application is registered for one tenant: give that to -TenantId."),
        .. Each(["AADSTS90038", "AADSTS900382", "AADSTS900432"], AuthenticationFailed,
            "The tenant belongs to another cloud: name it with -Environment, such as AzureUSGovernment."),

        // The user.
        .. Each(["AADSTS16000", "AADSTS50020", "AADSTS90072"], InteractionRequired,
            "The account is not in this tenant: sign in with another one, or check -TenantId. An administrator can "
                + "also invite the account as a guest."),
        new("AADSTS50034", AuthenticationFailed,
            "There is no such user in this tenant: check the user name and -TenantId."),
        new("AADSTS50126", AuthenticationFailed, "The user name or the password is wrong."),
        new("AADSTS50053", AuthenticationFailed,
            "The account is locked after too many failed sign-ins, or the sign-in came from an address with malicious "
                + "activity: wait and try again. Entra's sign-in log says which of the two it is."),
        new("AADSTS50055", InteractionRequired, "The password has expired: sign in interactively to change it."),
        new("AADSTS50057", AuthenticationFailed, "The user's account is disabled: an administrator can enable it."),
        new("AADSTS50058", InteractionRequired, "Nobody is signed in: sign in interactively."),
        new("AADSTS50072", InteractionRequired, "Multifactor authentication must be set up: sign in interactively."),
        .. Each(["AADSTS50074", "AADSTS50076"], InteractionRequired,
            "Multifactor authentication is needed: sign in interactively."),
        new("AADSTS50078", InteractionRequired, "The multifactor authentication has expired: sign in interactively."),
        new("AADSTS50079", InteractionRequired, "Multifactor authentication must be set up: sign in interactively."),
        new("AADSTS50097", InteractionRequired,
            "The device must authenticate too: sign in interactively, on one that is registered in the tenant."),
        .. Each(["AADSTS50132", "AADSTS50133"], InteractionRequired,
            "The login is no longer valid, as after a change of password: sign in again."),
        new("AADSTS50135", InteractionRequired,
            "The password must be changed, because the account is at risk: sign in interactively to change it."),
        new("AADSTS50144", InteractionRequired,
            "The password has expired in Active Directory: change it, and sign in again."),
        new("AADSTS50158", InteractionRequired, "A further step is needed: sign in interactively."),
        new("AADSTS50173", InteractionRequired,
            "The login is no longer valid, as after a change of password: sign in again."),
        new("AADSTS50199", InteractionRequired, "A person must confirm this sign-in: sign in interactively."),
        new("AADSTS500121", InteractionRequired,
            "The second factor was not confirmed: sign in again, and confirm it in time."),
        new("AADSTS53004", InteractionRequired,
            "Multifactor authentication must be set up first, at https://aka.ms/mysecurityinfo: then sign in again."),
        .. Each(["AADSTS70043", "AADSTS70044"], InteractionRequired,
            "The login has expired by a policy on sign-in frequency: sign in again."),
        new("AADSTS70008", InteractionRequired, "The code or the login has expired: sign in again."),
        new("AADSTS700082", InteractionRequired,
            "The login has expired because it was not used for long: sign in again."),
        new("AADSTS700084", InteractionRequired,
            "The login of a single-page application has expired, as it does after a day: sign in again."),
        new("AADSTS500133", InteractionRequired, "The user's token has expired: get a new one from the user."),
        new("AADSTS54005", InteractionRequired, "The code was used before: sign in again."),
        new("AADSTS65001", InteractionRequired,
            "Nobody has consented to this application's use of the resource: "
                + "an administrator can, under Enterprise applications > Permissions."),
        new("AADSTS65004", AuthenticationFailed, "The person has declined: run the command again and accept."),
        new("AADSTS70016", InteractionRequired,
            "The code was not entered yet: enter it, or run the command again for a new one."),
        .. Each(["AADSTS70019", "AADSTS70020"], TokenError.Timeout,
            "The code has expired before it was entered: run the command again for a new one."),

        // Conditional Access. A user can often satisfy the policy; an application cannot.
        Policy("AADSTS53000",
            "A Conditional Access policy wants a compliant device: sign in on one, "
                + "or leave this application out of the policy."),
        Policy("AADSTS53001",
            "A Conditional Access policy wants a device that is joined to the domain: "
                + "sign in on one, or leave this application out of the policy."),
        new("AADSTS53002", AuthenticationFailed,
            "A Conditional Access policy allows approved applications only, and this is none of them: sign in with one "
                + "that is, or leave this application out of the policy."),
        Policy("AADSTS53003", BlockedSignIn),
        Policy("AADSTS50131", BlockedSignIn),
        new("AADSTS53011", AuthenticationFailed,
            "The account is blocked in its home tenant because of a risk: an administrator there can unblock it."),
        Policy("AADSTS530003",
            "A Conditional Access policy wants a managed device: sign in on one, "
                + "or leave this application out of the policy."),
        new("AADSTS530032", AuthenticationFailed,
            "A security policy of the tenant blocks this sign-in: see the sign-in log for which one, or ask an "
                + "administrator."),
        Policy("AADSTS530035",
            "Security defaults block this sign-in, as they block every device code: sign in with a browser.",
            byNewLogIn: true),
        Policy("AADSTS530036",
            "A Conditional Access policy blocks what began with a device code: sign in with a browser.",
            byNewLogIn: true),
        Policy("AADSTS530084",
            "A Conditional Access policy requires token protection, which no sign-in in a browser or by device code "
                + "has: on Windows, run az login or Connect-AzAccount, which sign in through the broker (WAM), and use "
                + "-AzureCli or -AzurePowerShell."),

        // The resource.
        .. Each(["AADSTS500011", "AADSTS50001", "AADSTS650052"], ResourceNotFound,
            "Check the resource to the letter, slash included, and that -Environment names the cloud it belongs to. If "
                + "both are right, its service principal is missing in this tenant: an administrator can create it "
                + "with New-AzADServicePrincipal or az ad sp create --id, from the resource's application id."),
        new("AADSTS500014", ResourceNotFound,
            "The resource is disabled in this tenant: an administrator must enable its service principal."),
        new("AADSTS650057", ResourceNotFound,
            "Add the resource to the application under App registrations > API permissions."),
        new("AADSTS1002012", InvalidResource,
            "Without a user the scope must be a resource and /.default: give -Resource in place of -Scope."),
        new("AADSTS70011", InvalidResource,
            "The scope is not valid: give a resource and one of its permissions, or -Resource in place of -Scope."),

        // Entra itself. These are transient and say nothing about the client.
        .. Each(
            [
                "AADSTS50033", "AADSTS50087", "AADSTS90006", "AADSTS90012", "AADSTS90024", "AADSTS90033", "AADSTS90034",
                "AADSTS90090",
            ],
            AuthorityUnreachable,
            TryAgain),
        new("AADSTS90055", Throttled, "The tenant asks too often: wait, and ask less often."),
        new("AADSTS50196", Throttled,
            "Entra has seen a client that asks in a loop, and stops it for a while: keep tokens, and ask less often."),
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
