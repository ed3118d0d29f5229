using System.Management.Automation;
using MonitorToken.Engine.AccessCheck;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.Commands;

/// <summary>Tests which ways of signing in work on this machine, as which identity, and why others fail.</summary>
/// <remarks>
/// <para>
/// Without parameters, the command tries all members of the default chain, not only up to the first one that works.
/// With a credential, or parameters that describe one, it tries that credential. All are tried in parallel, and each
/// requests a new token from the identity service.
/// </para>
/// <para>
/// With -Uri, the command also calls that address with each token: one GET, which does not follow redirections.
/// StatusCode is the service's HTTP status. Status is Refused if the service denies access (HTTP 401 or 403); Reason is
/// then the service's own message, and RecommendedAction names the role that is usually missing, and how long a new
/// assignment takes. Status is Inconclusive if the response says nothing about the identity, such as 405 from an
/// address that accepts only POST. Where-Object Status -ne Succeeded returns all identities without access.
/// </para>
/// <para>Each row has the reason and a recommended action; display them with Format-List.</para>
/// </remarks>
/// <note>
/// The address of -Uri is actually called. Use one that only reads, such as a query that costs nothing: print 1.
/// </note>
/// <example>
/// <code>Test-MonitorTokenCredential</code>
/// <para>Returns one row for each member of the default chain.</para>
/// </example>
/// <example>
/// <code>Test-MonitorTokenCredential | Where-Object Status -ne Succeeded | Format-List Reason, RecommendedAction</code>
/// <para>Shows what does not work, why, and what to do about it.</para>
/// </example>
/// <example>
/// <code>$credential | Test-MonitorTokenCredential -Resource LogAnalytics</code>
/// <para>Tests whether a credential gets a token for Log Analytics.</para>
/// </example>
/// <example>
/// <code>
/// $uri = "https://api.loganalytics.io/v1/workspaces/$workspace/query?query=print%201"
/// Test-MonitorTokenCredential -Uri $uri | Format-List CredentialName, Status, Identity, Reason, RecommendedAction
/// </code>
/// <para>Shows which of your identities may query the workspace, and what the others lack.</para>
/// </example>
[Cmdlet(
    VerbsDiagnostic.Test, "MonitorTokenCredential", DefaultParameterSetName = Set.Default,
    HelpUri = OnlineHelp.Folder + "Test-MonitorTokenCredential.md")]
[OutputType(typeof(CredentialTest))]
public sealed class TestMonitorTokenCredentialCommand : CredentialCommand
{
    private readonly List<Credential> _credentials = [];

    /// <summary>
    /// The resource to request a token for: a name or alias from Get-MonitorResource, or an absolute https address.
    /// Without it, ResourceManager, which every tenant has.
    /// </summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    public string? Resource { get; set; }

    /// <summary>
    /// An address to call once with each token, to find out whether the service lets the identity in. The resource and
    /// the cloud follow from its host, and an unknown host is refused, as with Get-MonitorToken.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? Uri { get; set; }

    /// <summary>The maximum time for the whole test, in seconds.</summary>
    /// <value>20</value>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; } = 20;

    /// <summary>Validates the parameters that do not depend on pipeline input.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Resource is not null && Uri is not null)
            Reject(
                TokenError.InvalidResource,
                "More than one of -Resource and -Uri was given.",
                "Give one of them, or none for ResourceManager.");
    }

    /// <summary>Collects the credentials, which are tried in parallel at the end.</summary>
    protected override void ProcessRecord()
    {
        if (ReadInput())
            Reject(PipelineInput.Unknown(InputObject!, Taken), target: null);

        _credentials.AddRange(Credentials ?? []);
    }

    /// <summary>Tests the credentials.</summary>
    protected override void EndProcessing()
    {
        if (_credentials.Count == 0 && MyInvocation.ExpectingInput)
            return;

        IReadOnlyList<CredentialTest> tests = Await(() => null, (caller, cancellationToken) =>
        {
            Credentials = _credentials.Count > 0 ? [.. _credentials] : null;
            TokenRequest request = Uri is null ? ForResourceName() : TokenRequest.ForEndpoint(Uri);
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

    private TokenRequest ForResourceName()
    {
        AzureEnvironment? cloud = Cloud();
        return Resource is null && cloud is null
            ? throw new TokenException(
                TokenError.InvalidResource,
                "There is no default resource for a private authority host.",
                "Give -Resource with an audience that it knows, as an absolute https address.")
            : TokenRequest.ForResource(Resource ?? "ResourceManager", cloud);
    }
}
