using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// Whoever is logged in with <c>Connect-AzAccount</c>: in the session itself where it has Az.Accounts, which takes
/// milliseconds, else in a PowerShell that is started for it.
/// </summary>
internal sealed class AzurePowerShell(CredentialOptions options) : AzureIdentityCredential(options)
{
    public override string Name => "AzurePowerShell";

    internal override bool FailureEndsChain => false;

    protected override string Fingerprint => Digest.OfFiles(Path.Combine(DeveloperTools.Folder(null, ".Azure"), "AzureRmContext.json"));

    internal override string KeyFor(ICaller caller) => CacheKey + caller.AzContext;

    protected override async Task<AccessToken> AcquireAsync(TokenRequest request, ICaller caller, CancellationToken cancellationToken)
    {
        if (request.Claims is not null)
            throw new TokenException(
                TokenError.InteractionRequired,
                "Az.Accounts takes no claims for a token; it must log in with them.",
                "Run Connect-AzAccount -ClaimsChallenge with these claims, encoded in Base64, and leave -Claims out.")
            {
                CredentialName = Name,
            };

        SessionToken? answer = await caller.AskAzAccountsAsync(request.Resource, TenantId).UnlessCanceled(cancellationToken).ConfigureAwait(false);
        if (answer is not null && request.ForceRefresh)
            caller.Verbose("Az.Accounts has a memory of its own and may answer from it; Connect-AzAccount empties it.");

        return answer is not null
            ? AccessTokens.From(new Azure.Core.AccessToken(Secret.PlainText(answer.Token), answer.ExpiresOn), request, this, caller)
            : await base.AcquireAsync(request, caller, cancellationToken).ConfigureAwait(false);
    }

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller)
    {
        if (!IsInstalled())
            throw Failure.Unavailable(
                Name,
                "Az.Accounts is neither loaded in this session nor installed.",
                "Install it with Install-Module Az.Accounts and run Connect-AzAccount, or sign in another way.");

        return new AzurePowerShellCredential(wire.Configure(new AzurePowerShellCredentialOptions
        {
            TenantId = TenantId,
            ProcessTimeout = DeveloperTools.TimeoutFor(request),
        }));
    }

    /// <summary>A look at the module folders spares a PowerShell that would only find out the same.</summary>
    private static bool IsInstalled() =>
        (System.Environment.GetEnvironmentVariable("PSModulePath") ?? string.Empty)
            .Split([Path.PathSeparator], StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => Directory.Exists(Path.Combine(folder, "Az.Accounts")));
}
