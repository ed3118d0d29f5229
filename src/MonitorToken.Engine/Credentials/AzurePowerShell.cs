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

    protected override string Fingerprint => string.Empty;

    internal override string KeyFor(ICaller caller) => CacheKey + caller.AzContext;

    protected override async Task<AccessToken> AcquireAsync(TokenRequest request, ICaller caller, CancellationToken cancellationToken)
    {
        SessionToken? answer = await caller.AskAzAccountsAsync(request.Resource, TenantId).UnlessCanceled(cancellationToken).ConfigureAwait(false);
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
