using System.Management.Automation;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.Commands;

/// <summary>Makes a reusable credential. Touches no network.</summary>
/// <remarks>
/// <para>
/// Takes the same parameters as Get-MonitorToken to say as whom to sign in, and returns an object that you can pipe
/// into Get-MonitorToken and Test-MonitorTokenCredential as often as you like. It shows what it is, and never a secret.
/// </para>
/// <para>
/// Give several to Get-MonitorToken -Credential for a chain of your own: they are tried in turn until one is there.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// $credential = Get-MonitorTokenCredential -TenantId $tenant -ClientId $app -CertificateThumbprint $thumbprint
/// $credential | Get-MonitorToken LogAnalytics, ResourceManager
/// </code>
/// <para>Two tokens with one certificate.</para>
/// </example>
/// <example>
/// <code>
/// $identity = Get-MonitorTokenCredential -ManagedIdentity
/// $developer = Get-MonitorTokenCredential -AzureCli
/// Get-MonitorToken LogAnalytics -Credential $identity, $developer
/// </code>
/// <para>The managed identity where there is one, else whoever is logged in with az login.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Get, "MonitorTokenCredential", DefaultParameterSetName = Set.Default,
    HelpUri = OnlineHelp.Folder + "Get-MonitorTokenCredential.md")]
[OutputType(typeof(Credential))]
public sealed class GetMonitorTokenCredentialCommand : CredentialCommand
{
    /// <summary>Writes the credential.</summary>
    protected override void ProcessRecord()
    {
        if (ReadInput())
            Reject(PipelineInput.Unknown(InputObject!, Taken), target: null);

        Credential? credential = null;
        try
        {
            credential = CreateCredential(SelectAuthority(ofEndpoint: null), CredentialCatalog.CreateOwn);
        }
        catch (TokenException exception)
        {
            Reject(exception, target: null);
        }

        // What cannot be signed with is told now, and not with the first token. Files are read off the pipeline thread.
        if (Certificate is not null || CertificatePath is not null || CertificateThumbprint is not null)
            Await(() => null, async (_, stop) =>
            {
                await credential!.OpenAsync(stop).ConfigureAwait(false);
                return credential;
            });

        WriteObject(credential);
    }
}
