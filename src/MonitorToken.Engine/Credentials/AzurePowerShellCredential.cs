using System.Globalization;
using System.Text;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// The account that is logged in with <c>Connect-AzAccount</c>. If the session has loaded Az.Accounts, it is asked
/// there, which takes milliseconds; otherwise in a PowerShell that is started for it.
/// </summary>
internal sealed class AzurePowerShellCredential(CredentialOptions options) : ToolCredential(options)
{
    /// <summary>
    /// The exit code if Az.Accounts is missing or too old. PowerShell itself uses 0, 1 and 64.
    /// </summary>
    internal const int NoAzAccounts = 79;

    /// <summary>
    /// For PowerShell 5.1 and 7. It writes to the console's streams: to an error record both would add its position,
    /// and 5.1 would write it as CLIXML.
    /// </summary>
    private const string Script = """
        $ErrorActionPreference = 'Stop'
        $ProgressPreference = $WarningPreference = $InformationPreference = 'SilentlyContinue'
        try { [Console]::OutputEncoding = New-Object Text.UTF8Encoding $false } catch { $null = $_ }
        try {
            $null = Import-Module Az.Accounts -MinimumVersion 2.2.0
        } catch {
            [Console]::Error.WriteLine($_.Exception.Message)
            if ($_.FullyQualifiedErrorId -like 'Modules_Module*NotFound,*') { exit {NoAzAccounts} }
            exit 1
        }
        try {
            $parameters = @{ ResourceUrl = '{Resource}' }
            $tenant = '{Tenant}'
            if ($tenant) { $parameters.TenantId = $tenant }
            $command = Get-Command Get-AzAccessToken
            if ($command.Parameters.ContainsKey('AsSecureString')) { $parameters.AsSecureString = $true }
            $answer = Get-AzAccessToken @parameters
            $token = $answer.Token
            if ($token -is [Security.SecureString]) {
                $token = (New-Object Net.NetworkCredential '', $token).Password
            }
            $expiresOn = ([DateTimeOffset]$answer.ExpiresOn).ToUnixTimeSeconds()
            [Console]::Out.WriteLine((ConvertTo-Json -Compress @{ Token = [string]$token; ExpiresOn = $expiresOn }))
        } catch {
            [Console]::Error.WriteLine($_.Exception.Message)
            exit 1
        }
        """;

    private static readonly InputReader Login =
        new([], _ => [Path.Combine(ToolFolder.Of(null, ".Azure"), "AzureRmContext.json")]);

    public override string Name => "AzurePowerShell";

    /// <summary>The session's Az.Accounts runs on the caller's pipeline thread.</summary>
    internal override bool InvolvesCaller => true;

    protected override string SourceMemory =>
        "Az.Accounts caches tokens until shortly before they expire. "
            + "To clear its cache, run Disconnect-AzAccount and then Connect-AzAccount.";

    protected override InputReader Inputs => Login;

    /// <summary>
    /// Asks the session first, and each time: only its Az.Accounts knows whether the account has logged out.
    /// </summary>
    internal override async Task<AccessToken> GetTokenAsync(
        TokenRequest request, ICallerContext caller, CancellationToken cancellationToken) =>
        (request.Claims is null
            ? await FromSessionAsync(request, caller, cancellationToken).ConfigureAwait(false)
            : null)
            ?? await base.GetTokenAsync(request, caller, cancellationToken).ConfigureAwait(false);

    /// <summary>Always null: the session is asked first.</summary>
    internal override AccessToken? TryGetCached(string key, TokenRequest request) => null;

    protected override IEnumerable<ToolCommand> Commands(TokenRequest request, CredentialInputs inputs) =>
        AzModule.MayBeInstalled() ? Commands(request, TenantId) : [];

    /// <summary>
    /// For each PowerShell on PATH, PowerShell 7 first. Each has its own module folders, so if one exits with
    /// <see cref="NoAzAccounts"/>, the next may have Az.Accounts.
    /// </summary>
    /// <exception cref="TokenException">The request cannot be passed to it.</exception>
    internal static IEnumerable<ToolCommand> Commands(TokenRequest request, string? tenantId)
    {
        string script = Script
            .Replace("{NoAzAccounts}", NoAzAccounts.ToString(CultureInfo.InvariantCulture))
            .Replace("{Resource}", EscapeQuotes(ToolArgument.Resource(request.Resource, "Az.Accounts")))
            .Replace("{Tenant}", EscapeQuotes(tenantId is null ? string.Empty : ToolArgument.Tenant(tenantId)));
        string[] arguments =
        [
            "-NoLogo", "-NoProfile", "-NonInteractive", "-OutputFormat", "Text",
            "-EncodedCommand", Convert.ToBase64String(Encoding.Unicode.GetBytes(script)),
        ];

        string?[] programs = [ToolPath.Find("pwsh"), ToolPath.IsWindows ? ToolPath.Find("powershell") : null];
        return programs.OfType<string>().Select(program => new ToolCommand(program, arguments, EnvironmentOf(program)));
    }

    protected override bool LacksSomething(ToolOutput output) => output.ExitCode == NoAzAccounts;

    protected override string LogInWith(string claims) =>
        "Run Connect-AzAccount -ClaimsChallenge with these claims, Base64-encoded, and leave -Claims out.";

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
            throw TokenErrors.TimedOut(Name, limit, request.Timeout);
        }
        catch (CallerGoneException)
        {
            throw new OperationCanceledException();
        }
        catch (TokenException exception) when (exception.Error == TokenError.CredentialUnavailable)
        {
            // Az.Accounts has the same messages here as in a separate process.
            var failure = ToolFailure.From(exception.Message);
            throw failure.IsOfTool ? exception : TokenErrors.FromTool(failure, failure.Message, Name, request);
        }
    }

    private static Dictionary<string, string?> EnvironmentOf(string program)
    {
        var environment = new Dictionary<string, string?>
        {
            ["POWERSHELL_UPDATECHECK"] = "Off",
            ["SuppressAzurePowerShellBreakingChangeWarnings"] = "true",
        };
#if NET
        // Windows PowerShell cannot load modules of PowerShell 7, in whose folders it would look; without the variable
        // it uses its own.
        if (Path.GetFileName(program).StartsWith("powershell", StringComparison.OrdinalIgnoreCase))
            environment["PSModulePath"] = null;
#endif
        return environment;
    }

    private static string EscapeQuotes(string value) => value.Replace("'", "''");
}
