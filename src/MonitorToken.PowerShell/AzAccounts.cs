using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Security;
using MonitorToken.Engine;

namespace MonitorToken.Commands;

/// <summary>The module Az.Accounts, where the session has loaded it. All of it runs on the pipeline thread.</summary>
internal sealed class AzAccounts
{
    // Within the module, so that nobody's function of the same name answers.
    private const string ContextScript = "param($module) & $module { Get-AzContext -ErrorAction Ignore }";

    private const string TokenScript =
        """
        param($module, $arguments)
        & $module {
            param($arguments)
            if ((Get-Command Get-AzAccessToken).Parameters.ContainsKey('AsSecureString')) { $arguments['AsSecureString'] = $true }
            Get-AzAccessToken @arguments -ErrorAction Stop -WarningAction SilentlyContinue
        } $arguments
        """;

    private static readonly string[] ContextProperties = ["Account", "Tenant", "Subscription", "Environment"];

    private readonly PSCmdlet _command;
    private readonly PSModuleInfo _module;

    private AzAccounts(PSCmdlet command, PSModuleInfo module)
    {
        _command = command;
        _module = module;
        Context = DescribeContext();
    }

    /// <summary>Whom the session is logged in as, for telling one from another; empty if nobody.</summary>
    public string Context { get; }

    /// <summary>Null where it is not loaded: loading it takes seconds, and is not ours to do.</summary>
    public static AzAccounts? Find(PSCmdlet command) =>
        command.InvokeCommand.InvokeScript("Get-Module -Name Az.Accounts").FirstOrDefault()?.BaseObject is PSModuleInfo module
            ? new AzAccounts(command, module)
            : null;

    /// <exception cref="TokenException">There was none.</exception>
    public SessionToken GetToken(string resource, string? tenantId)
    {
        var arguments = new Hashtable { ["ResourceUrl"] = resource };
        if (tenantId is not null)
            arguments["TenantId"] = tenantId;

        PSObject? answer;
        try
        {
            answer = Run(TokenScript, _module, arguments);
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            throw Failed(exception.Message);
        }

        // Az.Accounts 5 answers with a SecureString, earlier ones with a string.
        SecureString token = (answer?.Properties["Token"]?.Value is PSObject wrapped ? wrapped.BaseObject : answer?.Properties["Token"]?.Value) switch
        {
            SecureString secure => secure,
            string text when text.Length > 0 => new NetworkCredential(string.Empty, text).SecurePassword,
            _ => throw Failed("it has answered without one."),
        };
        return new SessionToken(token, LanguagePrimitives.ConvertTo<DateTimeOffset>(answer!.Properties["ExpiresOn"]?.Value));
    }

    private static TokenException Failed(string reason) =>
        new(
            TokenError.CredentialUnavailable,
            $"This session's Get-AzAccessToken gave no token: {Secret.Mask(reason.Trim())}",
            "Run Connect-AzAccount, or sign in another way.")
        {
            CredentialName = "AzurePowerShell",
        };

    private string DescribeContext()
    {
        try
        {
            PSObject? context = Run(ContextScript, _module);
            return string.Join("|", ContextProperties.Select(name => Convert.ToString(context?.Properties[name]?.Value, CultureInfo.InvariantCulture)));
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            return string.Empty;
        }
    }

    private PSObject? Run(string script, params object[] arguments) =>
        _command.InvokeCommand.InvokeScript(useLocalScope: true, ScriptBlock.Create(script), input: null, args: arguments).LastOrDefault();
}
