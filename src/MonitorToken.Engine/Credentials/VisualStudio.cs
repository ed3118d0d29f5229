using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>Whoever is signed in to Visual Studio on Windows.</summary>
internal sealed class VisualStudio(CredentialOptions options) : AzureIdentityCredential(options)
{
    public override string Name => "VisualStudio";

    internal override bool FailureEndsChain => false;

    protected override string Fingerprint => Digest.OfFiles(Path.Combine(
        System.Environment.GetFolderPath(System.Environment.SpecialFolder.LocalApplicationData), ".IdentityService", "AzureServiceAuth", "tokenprovider.json"));

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller)
    {
        if (Path.DirectorySeparatorChar != '\\')
            throw Failure.Unavailable(Name, "Visual Studio signs in on Windows only.", "Sign in another way, such as -AzureCli.");

        return new VisualStudioCredential(wire.Configure(new VisualStudioCredentialOptions
        {
            TenantId = TenantId,
            ProcessTimeout = DeveloperTools.TimeoutFor(request),
        }));
    }
}
