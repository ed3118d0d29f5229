using System.Text.RegularExpressions;
using static MonitorToken.TokenError;

namespace MonitorToken.Engine.Answers;

/// <summary>
/// The codes of Entra's that people meet, and what to do about each. about_MonitorToken_Errors documents every one of
/// them, and a test raises each.
/// </summary>
internal static class EntraErrors
{
    /// <summary>Ways in which somebody could answer a question.</summary>
    private static readonly HashSet<string> People = new(StringComparer.Ordinal)
    {
        "Interactive", "DeviceCode", "OnBehalfOf", "AzureCli", "AzureDeveloperCli", "AzurePowerShell", "VisualStudio",
    };

    private const string OnlyManaged =
        "give -FederatedCredential a user-assigned managed identity, or the token of an issuer outside of Entra.";

    /// <summary>Every code that is known here.</summary>
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
        new("AADSTS700027", AuthenticationFailed,
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
        new("AADSTS70025", AuthenticationFailed,
            "Add a federated credential to the application, under App registrations > Certificates & secrets."),
        new("AADSTS700222", AuthenticationFailed, "Entra's own tokens are no assertions: " + OnlyManaged),
        new("AADSTS700226", AuthenticationFailed, "An application's token is no assertion: " + OnlyManaged),
        new("AADSTS700229", AuthenticationFailed, "A person's token is no assertion: " + OnlyManaged),
        new("AADSTS700236", AuthenticationFailed,
            "The application must be registered in the managed identity's own tenant: make it a multitenant one there, "
                + "and consent to it in the other tenants."),
        new("AADSTS700238", AuthenticationFailed,
            "An application takes no assertion from another cloud: give it a managed identity, secret or certificate "
                + "of its own cloud."),
        new("AADSTS50013", AuthenticationFailed,
            "The assertion is not accepted: it may be for another application, "
                + "expired or used before. Get a fresh one."),
        new("AADSTS50027", AuthenticationFailed,
            "The assertion is no token that Entra can read: check where it was taken from."),
        new("AADSTS7000112", AuthenticationFailed,
            "The application is disabled: enable it under Enterprise applications > Properties."),
        new("AADSTS50105", AuthenticationFailed,
            "Assign the user, or a group, to the application under Enterprise applications > Users and groups."),
        new("AADSTS50011", AuthenticationFailed,
            "Register the address of -RedirectUri with the application under App registrations > Authentication."),

        // The tenant.
        new("AADSTS90002", AuthenticationFailed, "Check -TenantId, and the cloud that -Environment names."),
        new("AADSTS900023", InvalidTenant, "Give the tenant's id (a GUID) or one of its domain names to -TenantId."),
        new("AADSTS900971", AuthenticationFailed,
            "The application has no address to return to: register one under App registrations > Authentication."),

        // The user.
        new("AADSTS50034", AuthenticationFailed,
            "There is no such user in this tenant: check the user name and -TenantId."),
        new("AADSTS50126", AuthenticationFailed, "The user name or the password is wrong."),
        new("AADSTS50055", InteractionRequired, "The password has expired: sign in interactively to change it."),
        new("AADSTS50057", AuthenticationFailed, "The user's account is disabled: an administrator can enable it."),
        new("AADSTS50058", InteractionRequired, "Nobody is signed in: sign in interactively."),
        new("AADSTS50076", InteractionRequired, "Multifactor authentication is needed: sign in interactively."),
        new("AADSTS50078", InteractionRequired, "The multifactor authentication has expired: sign in interactively."),
        new("AADSTS50079", InteractionRequired, "Multifactor authentication must be set up: sign in interactively."),
        new("AADSTS50158", InteractionRequired, "A further step is needed: sign in interactively."),
        new("AADSTS50173", InteractionRequired,
            "The login is no longer valid, as after a change of password: sign in again."),
        new("AADSTS70043", InteractionRequired,
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
        new("AADSTS70020", TokenError.Timeout,
            "The code has expired before it was entered: run the command again for a new one."),

        // Conditional Access: a person can do something about it, an application cannot.
        new("AADSTS53000", AuthenticationFailed,
            "A Conditional Access policy wants a compliant device: sign in on one, "
                + "or leave this application out of the policy.", InteractionRequired),
        new("AADSTS53001", AuthenticationFailed,
            "A Conditional Access policy wants a device that is joined to the domain: "
                + "sign in on one, or leave this application out of the policy.", InteractionRequired),
        new("AADSTS53003", AuthenticationFailed,
            "A Conditional Access policy blocks this sign-in: see the sign-in log for which one.",
            InteractionRequired),
        new("AADSTS530003", AuthenticationFailed,
            "A Conditional Access policy wants a managed device: sign in on one, "
                + "or leave this application out of the policy.", InteractionRequired),

        // The resource.
        new("AADSTS500011", ResourceNotFound,
            "Check the resource to the letter, slash included, and that -Environment names the cloud it belongs to."),
        new("AADSTS500014", ResourceNotFound,
            "The resource is disabled in this tenant: an administrator must enable its service principal."),
        new("AADSTS650057", ResourceNotFound,
            "Add the resource to the application under App registrations > API permissions."),
        new("AADSTS1002012", InvalidResource,
            "Without a user the scope must be a resource and /.default: give -Resource in place of -Scope."),
        new("AADSTS70011", InvalidResource,
            "The scope is not valid: give a resource and one of its permissions, or -Resource in place of -Scope."),

        // Entra itself. These say nothing about who asks.
        new("AADSTS90033", AuthorityUnreachable, "Entra cannot answer for a moment: try again."),
        new("AADSTS90034", AuthorityUnreachable, "Entra cannot answer for a moment: try again."),
        new("AADSTS90055", Throttled, "The tenant asks too often: wait, and ask less often."),
        new("AADSTS50196", Throttled,
            "Entra has seen a client that asks in a loop, and stops it for a while: keep tokens, and ask less often."),
    ];

    private static readonly Dictionary<string, Entry> ByCode = All.ToDictionary(
        entry => entry.Code,
        StringComparer.Ordinal);

    /// <summary>What is known of a code; null if nothing.</summary>
    public static Entry? Find(string code) => ByCode.TryGetValue(code, out Entry? entry) ? entry : null;

    /// <summary>The code in a text of Entra's; null if there is none.</summary>
    public static string? FindCode(string text)
    {
        Match match = Regex.Match(text, @"AADSTS[0-9]{1,12}");
        return match.Success ? match.Value : null;
    }

    /// <summary>Whether a person takes part in this way of signing in.</summary>
    public static bool IsForPeople(string credentialName) => People.Contains(credentialName);

    /// <param name="Code">Such as <c>AADSTS7000215</c>.</param>
    /// <param name="Error">The error id.</param>
    /// <param name="Action">What to do about it.</param>
    /// <param name="PersonError">The error id where a person takes part, if another.</param>
    internal sealed record Entry(string Code, TokenError Error, string Action, TokenError? PersonError = null)
    {
        /// <summary>Whether it says nothing about who asks, but that Entra cannot or will not answer now.</summary>
        public bool IsPassing => Error is AuthorityUnreachable or Throttled;

        public TokenError ErrorFor(bool isPerson) => isPerson && PersonError is { } error ? error : Error;
    }
}
