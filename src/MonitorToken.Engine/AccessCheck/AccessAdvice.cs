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
        ["ResourceManager"] = new("Reader or Monitoring Reader on the resource, or on a scope that contains it")
        {
            Example = "/subscriptions/<id>?api-version=2022-12-01",
            Missing = "The resource doesn't exist, or its subscription belongs to another tenant. Check the URI and "
                + "-TenantId.",
        },
        ["LogAnalytics"] = new("Log Analytics Reader or Monitoring Reader on the workspace")
        {
            Example = "/v1/workspaces/<id>/query?query=print%201",
            // See azure-cli-extensions #2479 and azure-sdk-for-python #45580.
            Missing = "The workspace doesn't exist or was deleted. The URI takes its Workspace ID, a GUID, not its "
                + "name or resource ID.",
        },
        // 60 minutes: azure-monitor-docs, logs/api/errors.md.
        ["ApplicationInsights"] = new(
            "Reader or Monitoring Reader on the Application Insights resource", Minutes: 60)
        {
            Example = "/v1/apps/<id>/query?query=print%201",
            Missing = "The application doesn't exist. The URI takes its Application ID, a GUID, under API Access, "
                + "not its name or instrumentation key.",
        },
        // See azure-docs #114306.
        ["Prometheus"] = new("Monitoring Data Reader on the Azure Monitor workspace; Monitoring Reader isn't enough")
        {
            IsDataRole = true,
            Example = "/api/v1/query?query=vector(1)",
            Missing = "There's nothing at this URI. The path on the workspace's query endpoint is /api/v1/query.",
        },
        ["Grafana"] = new("Grafana Viewer on the Grafana workspace") { Example = "/api/search" },
        ["MetricsBatch"] = new("Monitoring Reader on the subscription of the resources in the request"),
        ["CustomMetrics"] = new(
            $"{WriteTarget.Role} on the resource that emits the metrics", IsDataRole: true),
        // 30 minutes: Microsoft's troubleshooting guide for Prometheus remote write, which uses the same ingestion
        // pipeline.
        ["LogsIngestion"] = new(
            $"{WriteTarget.Role} on the data collection rule; Owner or Contributor isn't enough",
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
            Reason: $"A token was issued, but {host} {WithoutAnswer(exception)}",
            RecommendedAction: isTooLate
                ? "Increase -TimeoutSec. If the problem persists, check the network and the proxy (HTTPS_PROXY)."
                : "Check the URI, the network and the proxy (HTTPS_PROXY).");
    }

    /// <summary>Returns why a host didn't respond, as a sentence without its subject.</summary>
    public static string WithoutAnswer(Exception exception) => IsTimeout(exception)
        ? "didn't respond in time."
        : $"couldn't be reached: {ConnectionErrors.Describe([.. TokenErrors.Unwrap(exception)])}";

    /// <summary>
    /// Whether Resource Manager can add to a response: the service hasn't checked the identity, or refused it because a
    /// role is missing.
    /// </summary>
    public static bool IsAboutRoles(ServiceAnswer answer) => !answer.IsPage && answer.Status switch
    {
        401 or 403 => ActionBesidesRole(answer) is null,
        // Only these show that the service doesn't respond to a GET there, regardless of the identity.
        404 or 405 => true,
        _ => false,
    };

    public AccessOutcome OutcomeOf(ServiceAnswer answer, string? identityType)
    {
        if (answer.IsPage)
            return Outcome(
                CredentialTestStatus.Inconclusive,
                "The service doesn't return web pages. Check that no proxy, firewall or sign-in page responds "
                    + "instead.");
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
            + (IsDataRole ? ", or several hours at a management group" : string.Empty)
            + (identityType == "ManagedIdentity"
                ? ". Through a group, it takes up to 24 hours, because Azure caches a managed identity's tokens."
                : ".");

    private string ActionOnRefusal(ServiceAnswer answer, string? identityType) =>
        ActionBesidesRole(answer)
            ?? $"Assign a role that grants this identity access, usually {Role}. {Delay(identityType)}";

    /// <summary>Returns what to do about a refusal that no role helps against; null if a role is missing.</summary>
    private static string? ActionBesidesRole(ServiceAnswer answer) =>
        answer.HasClaims || answer.HasCode("insufficient_claims")
            ? "A policy requires more than this sign-in has provided. Sign in again, interactively."
        : answer.HasCode("Audience")
            ? "The service requires a token for another audience or cloud. Check the URI, -Environment and "
                + "-AuthorityHost."
        : answer.HasCode("TokenTenant|InvalidIssuer")
            ? "The resource belongs to another tenant. Sign in to that tenant with -TenantId."
        : answer.HasCode("NspValidation|Network")
            ? "The network isn't allowed, and no role changes that. Call from a network that the resource allows, or "
                + "change its network settings."
        : answer.HasCode("Disallowed")
            ? "A policy of the organization forbids this, and no role changes that. Contact an administrator."
        : answer.HasCode("Expired|AuthenticationToken|InvalidToken")
            || (answer.Status == 401 && !LacksPermission(answer))
            ? "The service doesn't accept the token itself. Check this machine's clock, and that -Environment and "
                + "-AuthorityHost match the service."
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
        < 400 => "The access test doesn't follow redirects. Check the URI.",
        404 when Missing is not null => Missing,
        404 or 405 when Example is null =>
            "This resource accepts only POST, so a GET can't show whether the identity has access. Send something to "
                + $"find out. It usually requires {Role}.",
        429 => answer.RetryAfter is { } until
            ? $"The service asks to wait until {until:u}. Try again after that."
            : "The service received too many requests. Try again later.",
        408 or >= 500 =>
            "The service can't respond right now. Try again later. If the problem persists, see "
            + "https://status.azure.com.",
        _ when answer.HasCode("ApiVersion") => "Add the api-version to the URI, such as ?api-version=2022-12-01.",
        _ => "The service didn't check the identity's access. Specify a URI that responds to a GET"
            + (Example is null ? "." : $", such as {Example}"),
    };
}
