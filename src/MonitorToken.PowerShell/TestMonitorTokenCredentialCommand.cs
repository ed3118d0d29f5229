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
/// <code>Test-MonitorTokenCredential | Where-Object Status -ne Succeeded | Format-List CredentialName, Reason, RecommendedAction</code>
/// <para>What does not work, why, and what to do about it.</para>
/// </example>
/// <example>
/// <code>$credential | Test-MonitorTokenCredential -Resource LogAnalytics</code>
/// <para>Whether a credential gets a token for Log Analytics.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "MonitorTokenCredential", DefaultParameterSetName = Set.Default)]
[OutputType(typeof(CredentialTest))]
public sealed class TestMonitorTokenCredentialCommand : CredentialCommand
{
    /// <summary>What to ask a token for: a name or alias from Get-MonitorResource, or an absolute https address. Without it: ResourceManager, which every tenant has.</summary>
    /// <value>ResourceManager</value>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    public string Resource { get; set; } = "ResourceManager";

    /// <summary>How many seconds all of it may take.</summary>
    /// <value>20</value>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; } = 20;

    /// <summary>Tries each way of signing in.</summary>
    protected override void ProcessRecord()
    {
        IReadOnlyList<CredentialTest> tests = Await(() => null, (caller, cancellationToken) =>
        {
            Credential credential = CreateCredential(SelectAuthority(ofEndpoint: null));
            TokenRequest request = TokenRequest.ForResource(Resource, credential.Environment) with { Timeout = TimeSpan.FromSeconds(TimeoutSec) };
            return CredentialTests.RunAsync(credential, request, caller, cancellationToken);
        });
        WriteObject(tests, enumerateCollection: true);
    }
}
