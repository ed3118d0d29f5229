using System.Globalization;
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
        ProfileFolder() + File.GetLastWriteTimeUtc(Path.Combine(ProfileFolder(), "azureProfile.json")).Ticks.ToString(CultureInfo.InvariantCulture);

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

    private static string ProfileFolder()
    {
        string? folder = System.Environment.GetEnvironmentVariable("AZURE_CONFIG_DIR");
        return string.IsNullOrEmpty(folder)
            ? Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".azure")
            : folder!;
    }
}
