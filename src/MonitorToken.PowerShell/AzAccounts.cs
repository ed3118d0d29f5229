using System.Management.Automation;
using System.Net;
using System.Security;
using MonitorToken.Engine;

namespace MonitorToken.Commands;

/// <summary>The session's own Az.Accounts, where it is loaded. Runs on the pipeline thread.</summary>
internal static class AzAccounts
{
    private const string Module = "Az.Accounts";
    private const string TokenCommand = "Get-AzAccessToken";

    /// <returns>Null if Az.Accounts is not loaded.</returns>
    /// <exception cref="TokenException">Az.Accounts returned no token.</exception>
    /// <exception cref="PipelineStoppedException">It was stopped.</exception>
    public static SessionToken? GetToken(
        PSCmdlet command, string resource, string? tenantId, CancellationToken cancellationToken) =>
        SessionScript.Run(
            stop => FindCommand(command) is { } getToken
                ? ToToken(Invoke(getToken, resource, tenantId, stop))
                : null,
            cancellationToken);

    /// <summary>
    /// Null if Az.Accounts is not loaded: to load it takes seconds, and is up to the session. Looks among the commands
    /// of the session, which works without any of PowerShell's own; and at their module, so that another function of
    /// the same name is not taken for it.
    /// </summary>
    private static CommandInfo? FindCommand(PSCmdlet command) =>
        command.SessionState.InvokeCommand
            .GetCommands(TokenCommand, CommandTypes.Cmdlet | CommandTypes.Function, nameIsPattern: false)
            .FirstOrDefault(found => found.ModuleName.Equals(Module, StringComparison.OrdinalIgnoreCase));

    private static PSObject? Invoke(
        CommandInfo getToken, string resource, string? tenantId, CancellationToken cancellationToken)
    {
        // To ask for the parameters may run code of the module, so it is done before the inner pipeline begins.
        bool hasSecureString = getToken.Parameters?.ContainsKey("AsSecureString") == true;
        try
        {
            return SessionScript.Run(
                shell =>
                {
                    // With ErrorAction Continue its errors are recorded and do not end it, whatever the session's
                    // preference is.
                    shell.AddCommand(getToken)
                        .AddParameter("ResourceUrl", resource)
                        .AddParameter("WarningAction", ActionPreference.SilentlyContinue)
                        .AddParameter("ErrorAction", ActionPreference.Continue);
                    if (hasSecureString)
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

    private static SessionToken ToToken(PSObject? answer)
    {
        // Az.Accounts 5 answers with a SecureString, earlier versions with a string.
        object? token = answer?.Properties["Token"]?.Value;
        SecureString secret = (token is PSObject wrapped ? wrapped.BaseObject : token) switch
        {
            SecureString secure => secure,
            string { Length: > 0 } text => new NetworkCredential(string.Empty, text).SecurePassword,
            _ => throw Failed("the response has no token."),
        };
        return LanguagePrimitives.TryConvertTo(answer?.Properties["ExpiresOn"]?.Value, out DateTimeOffset expiresOn)
            ? new SessionToken(secret, expiresOn)
            : throw Failed("the response has no expiry.");
    }

    private static TokenException Failed(string reason) =>
        new(
            TokenError.CredentialUnavailable,
            $"This session's Get-AzAccessToken didn't return a token: {Secret.Mask(reason)}",
            "Run Connect-AzAccount, or sign in another way.")
        {
            CredentialName = "AzurePowerShell",
        };
}
