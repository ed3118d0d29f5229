using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>Whoever is logged in with <c>az login</c>.</summary>
internal sealed class AzureCli(CredentialOptions options) : AzureIdentityCredential(options)
{
    public override string Name => "AzureCli";

    internal override bool FailureEndsChain => false;

    /// <summary>The CLI writes its profile at each login, logout and change of subscription.</summary>
    protected override string Fingerprint =>
        Digest.OfFiles(Path.Combine(DeveloperTools.Folder("AZURE_CONFIG_DIR", ".azure"), "azureProfile.json"));

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller)
    {
        if (!DeveloperTools.IsOnPath("az"))
            throw Failure.Unavailable(Name, "The Azure CLI (az) is not installed.", "Install it and run az login, or sign in another way.");

        return new AzureCliCredential(wire.Configure(new AzureCliCredentialOptions
        {
            TenantId = TenantId,
            ProcessTimeout = DeveloperTools.TimeoutFor(request),
        }));
    }
}
