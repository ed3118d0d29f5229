using System.Text;

namespace MonitorToken.Engine.Processes;

/// <summary>How Az.Accounts is asked for a token, in a PowerShell of its own.</summary>
internal static class AzurePowerShellCommand
{
    /// <summary>The exit code of a PowerShell that has no Az.Accounts, or one that is too old.</summary>
    public const int NoAzAccounts = 79;

    /// <summary>
    /// In Windows PowerShell 5.1 as in 7. Everything goes through the console's own streams: as errors, both versions
    /// would add where it happened, and 5.1 would write XML.
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
            $ask = @{ ResourceUrl = '{Resource}' }
            $tenant = '{Tenant}'
            if ($tenant) { $ask.TenantId = $tenant }
            $known = (Get-Command Get-AzAccessToken).Parameters
            if ($known.ContainsKey('AsSecureString')) { $ask.AsSecureString = $true }
            $answer = Get-AzAccessToken @ask
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

    /// <summary>
    /// The PowerShells there are, PowerShell 7 first; none where Az.Accounts cannot be. Each has modules of its own, so
    /// where one ends with <see cref="NoAzAccounts"/> the next may have it.
    /// </summary>
    /// <exception cref="TokenException">It cannot be asked for this.</exception>
    public static IEnumerable<ToolCommand> For(TokenRequest request, string? tenantId)
    {
        string script = Script
            .Replace("{NoAzAccounts}", NoAzAccounts.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .Replace("{Resource}", InQuotes(ToolValue.Resource(request.Resource, "Az.Accounts")))
            .Replace("{Tenant}", InQuotes(tenantId is null ? string.Empty : ToolValue.Tenant(tenantId)));
        string[] arguments =
        [
            "-NoLogo", "-NoProfile", "-NonInteractive", "-OutputFormat", "Text",
            "-EncodedCommand", Convert.ToBase64String(Encoding.Unicode.GetBytes(script)),
        ];

        string? pwsh = ToolPath.Find("pwsh");
        string?[] programs = AzModule.MayBeInstalled(pwsh)
            ? [pwsh, ToolPath.IsWindows ? ToolPath.Find("powershell") : null]
            : [];
        return programs.OfType<string>().Select(program => new ToolCommand(program, arguments, EnvironmentOf(program)));
    }

    private static Dictionary<string, string?> EnvironmentOf(string program)
    {
        var environment = new Dictionary<string, string?>
        {
            ["POWERSHELL_UPDATECHECK"] = "Off",
            ["SuppressAzurePowerShellBreakingChangeWarnings"] = "true",
        };
#if NET
        // Windows PowerShell cannot load the modules of the PowerShell that we run in; so it makes a list of its own.
        if (Path.GetFileName(program).StartsWith("powershell", StringComparison.OrdinalIgnoreCase))
            environment["PSModulePath"] = null;
#endif
        return environment;
    }

    private static string InQuotes(string value) => value.Replace("'", "''");
}
