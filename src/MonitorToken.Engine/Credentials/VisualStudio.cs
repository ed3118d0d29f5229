using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>Whoever is signed in to Visual Studio on Windows.</summary>
internal sealed class VisualStudio(CredentialOptions options) : AzureIdentityCredential(options)
{
    private static readonly Lookout Login = new([], _ =>
    [
        Path.Combine(
            System.Environment.GetFolderPath(System.Environment.SpecialFolder.LocalApplicationData),
            ".IdentityService",
            "AzureServiceAuth",
            "tokenprovider.json"),
    ]);

    public override string Name => "VisualStudio";

    internal override bool FailureEndsChain => false;

    protected override TimeSpan? Limit => ToolLimit;

    protected override string Fingerprint => string.Empty;

    /// <summary>Elsewhere than on Windows there is nothing to look at.</summary>
    protected override Surroundings LookAround() =>
        Path.DirectorySeparatorChar == '\\' ? Login.Look() : Surroundings.None;

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters)
    {
        if (Path.DirectorySeparatorChar != '\\')
            throw Failure.Unavailable(
                Name,
                "Visual Studio signs in on Windows only.",
                "Sign in another way, such as -AzureCli.");

        // Our own deadline tells better, so the library's is always a little later.
        TimeSpan patience = (request.Timeout ?? ToolLimit) + TimeSpan.FromSeconds(5);
        return new VisualStudioCredential(wire.Configure(new VisualStudioCredentialOptions
        {
            TenantId = TenantId,
            ProcessTimeout = patience,
        }));
    }
}
