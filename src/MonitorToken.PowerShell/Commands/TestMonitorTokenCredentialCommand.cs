using System.Management.Automation;
using MonitorToken.Engine.AccessCheck;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.Commands;

/// <summary>Tells which ways of signing in work here, as whom, and why the others do not.</summary>
/// <remarks>
/// <para>
/// Without parameters every member of the default chain is tried, not only up to the first that works; with a
/// credential or with the parameters that describe one, that one is. All are tried side by side, and each asks the
/// identity service for a new token.
/// </para>
/// <para>
/// With -Uri, each identity that gets a token then calls that address with it: one GET, which follows no redirection.
/// StatusCode is what the service has answered. Status is Refused where it does not let the identity in (HTTP 401 or
/// 403); Reason is then the service's own, and RecommendedAction names the role that is usually missing, and how long a
/// new assignment takes. Status is Inconclusive where the answer tells nothing about the identity, such as 405 from an
/// address that takes only POST. Where-Object Status -ne Succeeded leaves all that do not get in.
/// </para>
/// <para>Each row has a reason and what to do about it; show them with Format-List.</para>
/// </remarks>
/// <note>
/// The address of -Uri is really called. Give one that only reads, such as a query that costs nothing: print 1.
/// </note>
/// <example>
/// <code>Test-MonitorTokenCredential</code>
/// <para>One row for each member of the default chain.</para>
/// </example>
/// <example>
/// <code>Test-MonitorTokenCredential | Where-Object Status -ne Succeeded | Format-List Reason, RecommendedAction</code>
/// <para>What does not work, why, and what to do about it.</para>
/// </example>
/// <example>
/// <code>$credential | Test-MonitorTokenCredential -Resource LogAnalytics</code>
/// <para>Whether a credential gets a token for Log Analytics.</para>
/// </example>
/// <example>
/// <code>
/// $uri = "https://api.loganalytics.io/v1/workspaces/$workspace/query?query=print%201"
/// Test-MonitorTokenCredential -Uri $uri | Format-List CredentialName, Status, Identity, Reason, RecommendedAction
/// </code>
/// <para>Which of your identities may query the workspace, and what the others lack.</para>
/// </example>
[Cmdlet(
    VerbsDiagnostic.Test, "MonitorTokenCredential", DefaultParameterSetName = Set.Default,
    HelpUri = OnlineHelp.Folder + "Test-MonitorTokenCredential.md")]
[OutputType(typeof(CredentialTest))]
public sealed class TestMonitorTokenCredentialCommand : CredentialCommand
{
    private readonly List<Credential> _credentials = [];

    /// <summary>
    /// What to ask a token for: a name or alias from Get-MonitorResource, or an absolute https address. Without it:
    /// ResourceManager, which every tenant has.
    /// </summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    public string? Resource { get; set; }

    /// <summary>
    /// The address that will be called: it is called once with each token, and tells whether the service lets the
    /// identity in. The resource and the cloud follow from its host, and an unknown host is refused, as with
    /// Get-MonitorToken.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? Uri { get; set; }

    /// <summary>How many seconds all of it may take.</summary>
    /// <value>20</value>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; } = 20;

    /// <summary>Checks what can be checked before the first credential arrives.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Resource is not null && Uri is not null)
            Reject(
                TokenError.InvalidResource,
                "More than one of -Resource and -Uri was given.",
                "Give one of them, or none for ResourceManager.");
    }

    /// <summary>Gathers the credentials: all are tried side by side.</summary>
    protected override void ProcessRecord()
    {
        if (ReadInput())
            Reject(PipelineInput.Unknown(InputObject!, Taken), target: null);

        _credentials.AddRange(Credentials ?? []);
    }

    /// <summary>Tries each way of signing in.</summary>
    protected override void EndProcessing()
    {
        if (_credentials.Count == 0 && MyInvocation.ExpectingInput)
            return;

        IReadOnlyList<CredentialTest> tests = Await(() => null, (caller, cancellationToken) =>
        {
            Credentials = _credentials.Count > 0 ? [.. _credentials] : null;
            TokenRequest request = Uri is null ? Named() : TokenRequest.ForEndpoint(Uri);
            return CredentialTests.RunAsync(
                CreateCredential(request, CredentialCatalog.CreateOwn),
                request with
                {
                    Timeout = TimeSpan.FromSeconds(TimeoutSec),
                    CallerTimeout = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec))
                        ? TimeSpan.FromSeconds(TimeoutSec)
                        : null,
                },
                Uri,
                caller,
                cancellationToken);
        });
        WriteObject(tests, enumerateCollection: true);
    }

    private TokenRequest Named()
    {
        AzureEnvironment? cloud = Cloud();
        return Resource is null && cloud is null
            ? throw new TokenException(
                TokenError.InvalidResource,
                "It is not known what to ask a private authority host for.",
                "Give -Resource with an audience that it knows, as an absolute https address.")
            : TokenRequest.ForResource(Resource ?? "ResourceManager", cloud);
    }
}
