using System.Management.Automation;
using System.Net;
using System.Security;
using MonitorToken.Engine;

namespace MonitorToken.Commands;

/// <summary>The module Az.Accounts, where the session has loaded it. All of it runs on the pipeline thread.</summary>
internal sealed class AzAccounts
{
    private const string Module = "Az.Accounts";
    private const string TokenCommand = "Get-AzAccessToken";

    private readonly CommandInfo _getToken;

    private AzAccounts(CommandInfo getToken) => _getToken = getToken;

    /// <summary>
    /// Null where it is not loaded: loading it takes seconds, and is not ours to do. Looked for among the commands that
    /// the session has, which needs no command of PowerShell's own; and by its module, so that nobody's function of the
    /// same name answers.
    /// </summary>
    public static AzAccounts? Find(PSCmdlet command) =>
        command.SessionState.InvokeCommand
            .GetCommands(TokenCommand, CommandTypes.Cmdlet | CommandTypes.Function, nameIsPattern: false)
            .FirstOrDefault(
                found => found.ModuleName.Equals(Module, StringComparison.OrdinalIgnoreCase)) is { } getToken
            ? new AzAccounts(getToken)
            : null;

    /// <exception cref="TokenException">There was none.</exception>
    public SessionToken GetToken(string resource, string? tenantId, CancellationToken cancellationToken)
    {
        PSObject? answer = Ask(resource, tenantId, cancellationToken);

        // Az.Accounts 5 answers with a SecureString, earlier ones with a string.
        object? token = answer?.Properties["Token"]?.Value;
        SecureString secret = (token is PSObject wrapped ? wrapped.BaseObject : token) switch
        {
            SecureString secure => secure,
            string { Length: > 0 } text => new NetworkCredential(string.Empty, text).SecurePassword,
            _ => throw Failed("it has answered without one."),
        };
        return LanguagePrimitives.TryConvertTo(answer?.Properties["ExpiresOn"]?.Value, out DateTimeOffset expiresOn)
            ? new SessionToken(secret, expiresOn)
            : throw Failed("it has answered without an expiry.");
    }

    private static TokenException Failed(string reason) =>
        new(
            TokenError.CredentialUnavailable,
            $"This session's Get-AzAccessToken gave no token: {Secret.Mask(reason)}",
            "Run Connect-AzAccount, or sign in another way.")
        {
            CredentialName = "AzurePowerShell",
        };

    private PSObject? Ask(string resource, string? tenantId, CancellationToken cancellationToken)
    {
        try
        {
            return SessionScript.Run(
                shell =>
                {
                    // Its errors are to be had whatever the session's preference is, and none of them ends it.
                    shell.AddCommand(_getToken)
                        .AddParameter("ResourceUrl", resource)
                        .AddParameter("WarningAction", ActionPreference.SilentlyContinue)
                        .AddParameter("ErrorAction", ActionPreference.Continue);
                    if (_getToken.Parameters?.ContainsKey("AsSecureString") == true)
                        shell.AddParameter("AsSecureString");
                    return tenantId is null ? shell : shell.AddParameter("TenantId", tenantId);
                },
                cancellationToken);
        }
        catch (SessionScriptException exception)
        {
            throw Failed(exception.Message);
        }
    }
}
