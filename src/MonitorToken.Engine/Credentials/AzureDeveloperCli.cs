using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>Whoever is logged in with <c>azd auth login</c>.</summary>
internal sealed class AzureDeveloperCli(CredentialOptions options) : AzureIdentityCredential(options)
{
    public override string Name => "AzureDeveloperCli";

    internal override bool FailureEndsChain => false;

    protected override string Fingerprint
    {
        get
        {
            string folder = DeveloperTools.Folder("AZD_CONFIG_DIR", ".azd");
            return Digest.OfFiles(Path.Combine(folder, "config.json"), Path.Combine(folder, "auth.json"), Path.Combine(folder, "auth"));
        }
    }

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller)
    {
        if (!DeveloperTools.IsOnPath("azd"))
            throw Failure.Unavailable(Name, "The Azure Developer CLI (azd) is not installed.", "Install it and run azd auth login, or sign in another way.");

        return new AzureDeveloperCliCredential(wire.Configure(new AzureDeveloperCliCredentialOptions
        {
            TenantId = TenantId,
            ProcessTimeout = DeveloperTools.TimeoutFor(request),
        }));
    }
}
