using System.Management.Automation;
using MonitorToken.Engine;

namespace MonitorToken.Commands;

/// <summary>Tells which ways of signing in work here, as whom, and why the others do not.</summary>
/// <remarks>
/// <para>
/// Without parameters every member of the default chain is tried, not only up to the first that works; with a
/// credential or with the parameters that describe one, that one is. All are tried side by side, and each asks the
/// identity service for a new token.
/// </para>
/// <para>Each row has a reason and what to do about it; show them with Format-List.</para>
/// </remarks>
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
[Cmdlet(
    VerbsDiagnostic.Test, "MonitorTokenCredential", DefaultParameterSetName = Set.Default,
    HelpUri = OnlineHelp.Folder + "Test-MonitorTokenCredential.md")]
[OutputType(typeof(CredentialTest))]
public sealed class TestMonitorTokenCredentialCommand : CredentialCommand
{
    private readonly List<Credential> _piped = [];

    /// <summary>
    /// What to ask a token for: a name or alias from Get-MonitorResource, or an absolute https address. Without it:
    /// ResourceManager, which every tenant has.
    /// </summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    public string? Resource { get; set; }

    /// <summary>How many seconds all of it may take.</summary>
    /// <value>20</value>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; } = 20;

    /// <summary>Gathers the credentials: all are tried side by side.</summary>
    protected override void ProcessRecord() => _piped.AddRange(Credential ?? []);

    /// <summary>Tries each way of signing in.</summary>
    protected override void EndProcessing()
    {
        if (_piped.Count == 0 && MyInvocation.ExpectingInput)
            return;

        IReadOnlyList<CredentialTest> tests = Await(() => null, (caller, cancellationToken) =>
        {
            Credential = _piped.Count > 0 ? [.. _piped] : null;
            Credential credential = CreateCredential(SelectAuthority(ofEndpoint: null), CredentialCatalog.CreateOwn);
            AzureEnvironment? cloud = Cloud();
            if (Resource is null && cloud is null)
                throw new TokenException(
                    TokenError.InvalidResource,
                    "It is not known what to ask a private authority host for.",
                    "Give -Resource with an audience that it knows, as an absolute https address.");

            TokenRequest request = TokenRequest.ForResource(Resource ?? "ResourceManager", cloud);
            return CredentialTests.RunAsync(
                credential,
                request with { Timeout = TimeSpan.FromSeconds(TimeoutSec) },
                caller,
                cancellationToken);
        });
        WriteObject(tests, enumerateCollection: true);
    }
}
