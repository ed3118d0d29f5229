using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>
/// Interprets the response of an Azure Monitor service to a call with a token, and recommends the role that is usually
/// missing. Roles and delays come from the Azure Monitor documentation of each resource.
/// </summary>
/// <param name="Role">The role that a caller needs, and its scope.</param>
/// <param name="Minutes">
/// How long a new role assignment may take to become effective, in minutes, as documented.
/// </param>
/// <param name="Example">A path that answers a GET; null if the resource accepts only POST.</param>
/// <param name="Missing">What HTTP 404 means for this resource.</param>
/// <param name="IsDataRole">
/// Whether the role works by data actions, which take longer if it is assigned at a management group (azure-docs,
/// role-based-access-control/troubleshooting.md).
/// </param>
internal sealed record AccessAdvice(
    string Role, int Minutes = 10, string? Example = null, string? Missing = null, bool IsDataRole = false)
{
    private static readonly Dictionary<string, AccessAdvice> Known = new(StringComparer.Ordinal)
    {
        ["ResourceManager"] = new("Reader or Monitoring Reader on what the address names, or on what that lies in")
        {
            Example = "/subscriptions/<id>?api-version=2022-12-01",
            Missing = "There is no such resource, or the subscription belongs to another tenant than -TenantId: check "
                + "the address.",
        },
        ["LogAnalytics"] = new("Log Analytics Reader or Monitoring Reader on the workspace")
        {
            Example = "/v1/workspaces/<id>/query?query=print%201",
            // See azure-cli-extensions #2479 and azure-sdk-for-python #45580.
            Missing = "There is no such workspace: the address takes its Workspace ID, a GUID, and neither its name "
                + "nor its resource id; or it was deleted.",
        },
        // 60 minutes: azure-monitor-docs, logs/api/errors.md.
        ["ApplicationInsights"] = new(
            "Reader or Monitoring Reader on the Application Insights resource", Minutes: 60)
        {
            Example = "/v1/apps/<id>/query?query=print%201",
            Missing = "There is no such application: the address takes its Application ID, a GUID, under API Access, "
                + "and not its name or instrumentation key.",
        },
        // See azure-docs #114306.
        ["Prometheus"] = new("Monitoring Data Reader on the Azure Monitor workspace; Monitoring Reader is not enough")
        {
            IsDataRole = true,
            Example = "/api/v1/query?query=vector(1)",
            Missing = "There is nothing at this address: the workspace's query endpoint goes on with /api/v1/query.",
        },
        ["Grafana"] = new("Grafana Viewer on the Grafana workspace") { Example = "/api/search" },
        ["MetricsBatch"] = new("Monitoring Reader on the subscription of the resources that it asks for"),
        ["CustomMetrics"] = new(
            $"{WriteTarget.Role} on the resource that the metrics are about", IsDataRole: true),
        // 30 minutes: Microsoft's troubleshooting guide for Prometheus remote write, which uses the same ingestion
        // pipeline.
        ["LogsIngestion"] = new(
            $"{WriteTarget.Role} on the data collection rule; Owner or Contributor is not enough",
            Minutes: 30,
            IsDataRole: true),
    };

    public static AccessAdvice For(MonitorResource resource) => Known[resource.Name];

    /// <summary>Returns the outcome of a call without a response, which says nothing about the identity.</summary>
    public static AccessOutcome NoAnswer(Exception exception, string host)
    {
        bool isTooLate = IsTimeout(exception);
        return new AccessOutcome(
            CredentialTestStatus.Inconclusive,
            Reason: $"There is a token, but {host} {WithoutAnswer(exception)}",
            RecommendedAction: isTooLate
                ? "Give it longer with -TimeoutSec; if it stays so, check the network and the proxy (HTTPS_PROXY)."
                : "Check the address, the network and the proxy (HTTPS_PROXY).");
    }

    /// <summary>Returns why a host gave no response, as a sentence without its subject.</summary>
    public static string WithoutAnswer(Exception exception) => IsTimeout(exception)
        ? "has not answered in time."
        : $"could not be reached: {ConnectionErrors.Describe([.. TokenErrors.Unwrap(exception)])}";

    /// <summary>
    /// Whether Resource Manager can add to a response: the service has not checked the identity, or has refused it for
    /// want of a role.
    /// </summary>
    public static bool IsAboutRoles(ServiceAnswer answer) => !answer.IsPage && answer.Status switch
    {
        401 or 403 => ActionBesidesRole(answer) is null,
        // Only these say that the service does not answer a GET there, whoever sends it.
        404 or 405 => true,
        _ => false,
    };

    public AccessOutcome OutcomeOf(ServiceAnswer answer, string? identityType)
    {
        if (answer.IsPage)
            return Outcome(
                CredentialTestStatus.Inconclusive,
                "The service itself sends no web pages: check that no proxy, firewall or login page answers in its "
                    + "place.");
        if (answer.Status < 300)
            return new AccessOutcome(CredentialTestStatus.Succeeded, answer.Status, $"HTTP {answer.Status}.");
        return answer.Status is 401 or 403
            ? Outcome(CredentialTestStatus.Refused, ActionOnRefusal(answer, identityType))
            : Outcome(CredentialTestStatus.Inconclusive, ActionOnOther(answer));

        AccessOutcome Outcome(CredentialTestStatus status, string action) =>
            new(status, answer.Status, answer.Reason, action);
    }

    /// <summary>How long a new assignment takes to become effective.</summary>
    public string Delay(string? identityType) =>
        $"A new assignment takes up to {Minutes} minutes"
            + (IsDataRole ? ", at a management group several hours" : string.Empty)
            + (identityType == "ManagedIdentity"
                ? "; by way of a group, up to 24 hours, for which Azure keeps a managed identity's token."
                : ".");

    private string ActionOnRefusal(ServiceAnswer answer, string? identityType) =>
        ActionBesidesRole(answer)
            ?? $"Assign this identity a role that lets it in, usually {Role}. {Delay(identityType)}";

    /// <summary>Returns what to do about a refusal that no role helps against; null if a role is missing.</summary>
    private static string? ActionBesidesRole(ServiceAnswer answer) =>
        answer.HasClaims || answer.HasCode("insufficient_claims")
            ? "A policy wants more of this sign-in than it has shown: sign in again, interactively."
        : answer.HasCode("Audience")
            ? "The service wants a token for another audience or cloud: check the address, and -Environment and "
                + "-AuthorityHost."
        : answer.HasCode("TokenTenant|InvalidIssuer")
            ? "What the address names belongs to another tenant: sign in to that one, with -TenantId."
        : answer.HasCode("NspValidation|Network")
            ? "It is the network that may not call, and no role helps: call from one that the resource allows, or "
                + "change its network settings."
        : answer.HasCode("Disallowed")
            ? "A policy of the organization forbids it, and no role helps: ask an administrator of its policies."
        : answer.HasCode("Expired|AuthenticationToken|InvalidToken")
            || (answer.Status == 401 && !LacksPermission(answer))
            ? "The service does not take the token itself: check this machine's clock, and that -Environment and "
                + "-AuthorityHost are those of the service."
        : null;

    /// <summary>
    /// Whether a role is missing. The custom metrics API reports that with 401 and AuthenticationFailed; see azure-docs
    /// #20651.
    /// </summary>
    private static bool LacksPermission(ServiceAnswer answer) =>
        answer.HasCode("AuthorizationFailed") || answer.Message.Contains("permissions to perform");

    private static bool IsTimeout(Exception exception) =>
        TokenErrors.Unwrap(exception).OfType<OperationCanceledException>().Any();

    private string ActionOnOther(ServiceAnswer answer) => answer.Status switch
    {
        < 400 => "A token is not sent on to where the service leads: check the address.",
        404 when Missing is not null => Missing,
        404 or 405 when Example is null =>
            "This resource accepts only POST, so a GET cannot tell whether the identity has access: send something to "
                + $"see. It usually needs {Role}.",
        429 => answer.RetryAfter is { } until
            ? $"The service asks to wait until {until:u}: try again after that."
            : "The service has been asked too often: try again later.",
        408 or >= 500 =>
            "The service cannot answer now: try again later; if it stays so, see https://status.azure.com.",
        _ when answer.HasCode("ApiVersion") => "Add the api-version to the address, such as ?api-version=2022-12-01.",
        _ => "The service did not get to check the identity's access: give an address that answers a GET"
            + (Example is null ? "." : $", such as {Example}"),
    };
}
