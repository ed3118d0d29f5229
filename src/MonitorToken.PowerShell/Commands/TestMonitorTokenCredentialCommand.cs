using System.Management.Automation;
using MonitorToken.Engine.AccessCheck;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.Commands;

/// <summary>
/// Tests which sign-in methods work on this machine, for which identity, and why the others fail.
/// </summary>
/// <remarks>
/// <para>
/// Without parameters, the command tries all members of the default chain, not only up to the first one that works.
/// With a credential, or with sign-in parameters, it tries that credential. All are tried in parallel, and each
/// requests a new token.
/// </para>
/// <para>
/// You get one row for each credential, with Reason and RecommendedAction: display them with Format-List. Status is
/// Succeeded; Unavailable, if the credential isn't set up here; Failed, also if it takes longer than -TimeoutSec; or
/// NotTried, if -Include, -Exclude or AZURE_TOKEN_CREDENTIALS excludes it.
/// </para>
/// <para>
/// With -Uri, the command also calls that URI with each token: one GET, which doesn't follow redirections. StatusCode
/// is the service's HTTP status. Status is Refused if the service denies access (HTTP 401 or 403): Reason is the
/// service's message, and RecommendedAction names the role that's usually missing, and how long a new assignment takes.
/// Status is Inconclusive if the response doesn't show whether the identity has access, such as 400, 404, or no
/// response.
/// </para>
/// <para>
/// Logs ingestion, Prometheus remote write and custom metrics accept only POST and return 405. No data is sent to them.
/// Instead, the command asks Azure Resource Manager, as the same identity, what the data collection rule or the
/// resource in the URI grants. If the role is missing, Status is Refused, and RecommendedAction ends with the
/// New-AzRoleAssignment command to run. Status is Inconclusive if the role was assigned so recently that the service
/// may not know it yet, or if the identity can't read the rule or resource; to change that, assign Reader or Monitoring
/// Reader on it as well. Metrics of many resources (MetricsBatch) also accept only POST: send a query to find out.
/// </para>
/// </remarks>
/// <note>
/// The URI is actually called. Use one that only reads, such as the query print 1, which reads no data.
/// </note>
/// <example>
/// <code>Test-MonitorTokenCredential</code>
/// <para>Returns one row for each member of the default chain.</para>
/// </example>
/// <example>
/// <code>Test-MonitorTokenCredential | Where-Object Status -ne Succeeded | Format-List Reason, RecommendedAction</code>
/// <para>Shows what doesn't work, why, and what to do about it.</para>
/// </example>
/// <example>
/// <code>$credential | Test-MonitorTokenCredential -Resource LogAnalytics</code>
/// <para>Tests whether a credential gets a token for Log Analytics.</para>
/// </example>
/// <example>
/// <code>
/// $rule = 'dcr-000a00a000a00000a000000aa000a0aa'
/// $uri = "https://dcr-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/$rule/streams/Custom-Builds"
/// Test-MonitorTokenCredential -Uri $uri -ManagedIdentity | Format-List Status, Reason, RecommendedAction
/// </code>
/// <para>
/// Shows whether the managed identity can send logs to a data collection rule, without sending any, and if not, the
/// command that assigns the role.
/// </para>
/// </example>
/// <example>
/// <code>
/// $uri = "https://api.loganalytics.azure.com/v1/workspaces/$workspace/query?query=print%201"
/// Test-MonitorTokenCredential -Uri $uri | Format-List CredentialName, Status, Identity, Reason, RecommendedAction
/// </code>
/// <para>Shows which of your identities can query the workspace, and what the others lack.</para>
/// </example>
[Cmdlet(
    VerbsDiagnostic.Test, "MonitorTokenCredential", DefaultParameterSetName = Set.Default,
    HelpUri = OnlineHelp.Folder + "Test-MonitorTokenCredential.md")]
[OutputType(typeof(CredentialTest))]
public sealed class TestMonitorTokenCredentialCommand : CredentialCommand
{
    private readonly List<Credential> _credentials = [];

    /// <summary>
    /// The resources to request tokens for: names or aliases from Get-MonitorResource, or audiences as https URIs. Each
    /// credential is tested with each resource. The default is ResourceManager, which every tenant has.
    /// </summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    [Names]
    [AllowEmptyString]
    [Alias("ResourceUrl")]
    public string[]? Resource { get; set; }

    /// <summary>
    /// A URI to call once with each token, to find out whether the identity has access. Its host determines the
    /// resource and the cloud. Unknown hosts are refused.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(EndpointCompleter))]
    public Uri? Uri { get; set; }

    /// <summary>The maximum time for the whole test, in seconds.</summary>
    /// <value>20</value>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    [Alias("TimeoutSeconds")]
    public int TimeoutSec { get; set; } = 20;

    private protected override TimeSpan? TimeLimit => TimeSpan.FromSeconds(TimeoutSec);

    /// <inheritdoc/>
    private protected override void Begin()
    {
        base.Begin();
        if (Resource is not null && Uri is not null)
            throw new TokenException(
                TokenError.InvalidResource,
                "Both -Resource and -Uri were specified.",
                "Specify only one of them, or neither for ResourceManager.");
        CheckNames(Resource);
    }

    /// <summary>Collects the credentials, which are tried in parallel at the end.</summary>
    private protected override void Process()
    {
        if (ReadInput())
            throw PipelineInput.Unknown(InputObject!, Taken);

        _credentials.AddRange(Credentials ?? []);
    }

    /// <inheritdoc/>
    private protected override void End()
    {
        if (_credentials.Count == 0 && MyInvocation.ExpectingInput)
            return;

        Credentials = _credentials.Count > 0 ? [.. _credentials] : null;
        (Credential Credential, TokenRequest Request)[] asked = [.. Requests().Select(request =>
            (CreateCredential(request, CredentialCatalog.CreateOwn), WithTimeout(request)))];
        IReadOnlyList<CredentialTest>[] tests = Await((caller, cancellationToken) =>
            Task.WhenAll(asked.Select(one =>
                CredentialTests.RunAsync(one.Credential, one.Request, Uri, caller, cancellationToken))));
        foreach (IReadOnlyList<CredentialTest> rows in tests)
            Write(rows, enumerateCollection: true);
    }

    private List<TokenRequest> Requests()
    {
        if (Uri is not null)
            return [TokenRequest.ForEndpoint(Uri)];

        AzureEnvironment? cloud = Cloud();
        if (Resource is null && cloud is null)
            throw new TokenException(
                TokenError.InvalidResource,
                "A private authority host has no default resource.",
                "Specify an audience that it knows with -Resource, as an absolute https URI.");

        var requests = new List<TokenRequest>();
        foreach (string resource in Resource ?? ["ResourceManager"])
        {
            try
            {
                requests.Add(TokenRequest.ForResource(resource, cloud));
            }
            catch (TokenException exception)
            {
                Report(exception, TargetOf(resource), isOneOfSeveral: Resource?.Length > 1);
            }
        }

        return requests;
    }

    private TokenRequest WithTimeout(TokenRequest request) => request with
    {
        Timeout = TimeLimit - Spent,
        CallerTimeout = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec))
            ? TimeSpan.FromSeconds(TimeoutSec)
            : null,
    };
}
