using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// Whoever is logged in with <c>Connect-AzAccount</c>: in the session itself where it has Az.Accounts, which takes
/// milliseconds, else in a PowerShell that is started for it.
/// </summary>
internal sealed class AzurePowerShellCredential(CredentialOptions options) : ToolCredential(options)
{
    private static readonly InputReader Login =
        new([], _ => [Path.Combine(ToolFolder.Of(null, ".Azure"), "AzureRmContext.json")]);

    public override string Name => "AzurePowerShell";

    /// <summary>The session's own Az.Accounts runs on the caller's thread.</summary>
    internal override bool InvolvesCaller => true;

    protected override string SourceMemory =>
        "Az.Accounts keeps its tokens until shortly before their end: "
            + "Disconnect-AzAccount and a new Connect-AzAccount empty its memory.";

    protected override CredentialInputs ReadInputs() => Login.Look();

    /// <summary>
    /// The session goes first, and is asked each time: only its Az.Accounts knows whether somebody has logged out.
    /// </summary>
    internal override async Task<AccessToken> GetTokenAsync(
        TokenRequest request, ICallerContext caller, CancellationToken cancellationToken) =>
        (request.Claims is null
            ? await FromSessionAsync(request, caller, cancellationToken).ConfigureAwait(false)
            : null)
            ?? await base.GetTokenAsync(request, caller, cancellationToken).ConfigureAwait(false);

    /// <summary>Nothing, where the session may have Az.Accounts: it is asked first.</summary>
    internal override AccessToken? TryGetCached(string key, TokenRequest request) => null;

    protected override IEnumerable<ToolCommand> Commands(TokenRequest request, CredentialInputs inputs) =>
        AzurePowerShellCommand.For(request, TenantId);

    protected override bool LacksSomething(ToolOutput output) => output.ExitCode == AzurePowerShellCommand.NoAzAccounts;

    protected override string LogInWith(string claims) =>
        "Run Connect-AzAccount -ClaimsChallenge with these claims, encoded in Base64, and leave -Claims out.";

    protected override TokenException NotInstalled() =>
        TokenErrors.Unavailable(
            Name,
            "Az.Accounts is neither loaded in this session nor installed.",
            "Install it with Install-Module Az.Accounts and run Connect-AzAccount, or sign in another way.");

    private async Task<AccessToken?> FromSessionAsync(
        TokenRequest request, ICallerContext caller, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TimeSpan limit = request.Timeout ?? ToolLimit;
        deadline.CancelAfter(limit);
        try
        {
            SessionToken? answer = await caller
                .AskAzAccountsAsync(request.Resource, TenantId, deadline.Token)
                .UnlessCanceled(deadline.Token).ConfigureAwait(false);
            return answer is null
                ? null
                : RecordExpiry(AccessTokenFactory.Create(
                    Secret.PlainText(answer.Token), answer.ExpiresOn, refreshOn: null, request, this, caller));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw TimedOut(limit, request);
        }
        catch (CallerGoneException)
        {
            throw new OperationCanceledException();
        }
        catch (TokenException exception) when (exception.Error == TokenError.CredentialUnavailable)
        {
            // What it has said means the same as in a process of its own.
            var failure = ToolFailure.From(exception.Message);
            throw failure.IsOfTool ? exception : TokenErrors.FromTool(failure, failure.Message, Name, request);
        }
    }
}
