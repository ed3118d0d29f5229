using System.Management.Automation;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.Commands;

/// <summary>
/// Creates a reusable credential, such as a service principal or a managed identity, for authentication with
/// Get-MonitorToken. Makes no network calls.
/// </summary>
/// <remarks>
/// <para>
/// The sign-in parameters are those of Get-MonitorToken. You can pipe the object to Get-MonitorToken and
/// Test-MonitorTokenCredential as often as you like. It never displays a secret.
/// </para>
/// <para>
/// Pass several credentials to Get-MonitorToken -Credential to try them in order, as a custom chain.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// $credential = Get-MonitorTokenCredential -TenantId $tenant -ClientId $app -CertificateThumbprint $thumbprint
/// $credential | Get-MonitorToken LogAnalytics, ResourceManager
/// </code>
/// <para>Gets two tokens with the same certificate.</para>
/// </example>
/// <example>
/// <code>
/// $identity = Get-MonitorTokenCredential -ManagedIdentity
/// $developer = Get-MonitorTokenCredential -AzureCli
/// Get-MonitorToken LogAnalytics -Credential $identity, $developer
/// </code>
/// <para>Uses the managed identity if there's one, else the account that's logged in with az login.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Get, "MonitorTokenCredential", DefaultParameterSetName = Set.Default,
    HelpUri = OnlineHelp.Folder + "Get-MonitorTokenCredential.md")]
[OutputType(typeof(Credential))]
public sealed class GetMonitorTokenCredentialCommand : CredentialCommand
{
    /// <inheritdoc/>
    private protected override void Process()
    {
        if (ReadInput())
            throw PipelineInput.Unknown(InputObject!, Taken);

        Credential credential = CreateCredential(SelectAuthority(ofEndpoint: null), CredentialCatalog.CreateOwn);
        // Report an unusable certificate here, not with the first token. Files are read off the pipeline thread.
        if (Certificate is not null || CertificatePath is not null || CertificateThumbprint is not null)
            Await(async (_, stop) =>
            {
                await credential.OpenAsync(stop).ConfigureAwait(false);
                return credential;
            });

        Write(credential);
    }
}
