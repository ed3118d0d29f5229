using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;
using Identity = Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// The account that is signed in to Visual Studio. Its token provider is a program that Visual Studio installs and
/// names in a file. Only that program knows which account is selected, so it is asked each time, and no token is
/// reused.
/// </summary>
internal sealed class VisualStudioCredential(CredentialOptions options) : AzureIdentityCredential(options)
{
    public override string Name => "VisualStudio";

    internal override bool FailureEndsChain => false;

    protected override TimeSpan? Limit => ToolLimit;

    protected override string Fingerprint => string.Empty;

    internal override AccessToken? TryGetCached(string key, TokenRequest request) => null;

    /// <summary>Requests a new token each time: a cached one may be of another account.</summary>
    internal override Task<AccessToken> GetTokenAsync(
        TokenRequest request, ICallerContext caller, CancellationToken cancellationToken) =>
        base.GetTokenAsync(request with { ForceRefresh = true }, caller, cancellationToken);

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters)
    {
        if (Path.DirectorySeparatorChar != '\\' && !File.Exists(ProviderFile()))
            throw TokenErrors.Unavailable(
                Name,
                "Visual Studio signs in on Windows only.",
                "Sign in another way, such as -AzureCli.");

        // Our own deadline has the better error, so Azure.Identity's is always a little later.
        TimeSpan patience = (request.Timeout ?? ToolLimit) + TimeSpan.FromSeconds(5);
        return new Identity.VisualStudioCredential(transport.Configure(new VisualStudioCredentialOptions
        {
            TenantId = TenantId,
            ProcessTimeout = patience,
        }));
    }

    /// <summary>Where Azure.Identity looks for the token provider on Linux and macOS.</summary>
    private static string ProviderFile() => Path.Combine(
        System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile),
        ".IdentityService",
        "AzureServiceAuth",
        "tokenprovider.json");
}
