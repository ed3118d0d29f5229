using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Processes;
using Xunit;

namespace MonitorToken.Tests.Processes;

public sealed class ToolCommandTests : ToolTest
{
    private static readonly TokenRequest Metrics =
        TokenRequest.ForResource("https://monitoring.azure.com/", AzureEnvironment.AzureCloud);

    private static readonly TokenRequest Delegated =
        TokenRequest.ForScopes(["https://api.loganalytics.io/Data.Read", "offline_access"]);

    [Fact]
    public void The_Azure_CLI_is_asked_for_a_resource_or_for_scopes()
    {
        Assert.Equal(
            [
                "account", "get-access-token", "--output", "json",
                "--resource", "https://monitoring.azure.com/", "--tenant", "contoso.com",
            ],
            AzureCliCredential.Arguments(Metrics, "contoso.com", null));
        Assert.Equal(
            [
                "account", "get-access-token", "--output", "json",
                "--scope", "https://api.loganalytics.io/Data.Read", "offline_access", "--subscription", "My Lab (2)",
            ],
            AzureCliCredential.Arguments(Delegated, null, "My Lab (2)"));
    }

    [Fact]
    public void The_Azure_Developer_CLI_is_asked_for_scopes()
    {
        Assert.Equal(
            [
                "auth", "token", "--output", "json", "--no-prompt",
                "--scope", "https://monitoring.azure.com//.default", "--tenant-id", "contoso.com",
            ],
            AzureDeveloperCliCredential.Arguments(Metrics, "contoso.com"));
        Assert.Equal(
            ["--scope", "https://api.loganalytics.io/Data.Read", "--scope", "offline_access"],
            AzureDeveloperCliCredential.Arguments(Delegated, null).Skip(5));
    }

    [Fact]
    public void What_a_command_line_cannot_hold_is_the_caller_s_error()
    {
        TokenRequest strange = TokenRequest.ForResource("https://x.example/?a&calc", AzureEnvironment.AzureCloud);
        Assert.Equal(TokenError.InvalidResource, Refused(() => AzureCliCredential.Arguments(strange, null, null)));
        Assert.Equal(TokenError.InvalidResource, Refused(() => AzureDeveloperCliCredential.Arguments(strange, null)));
        Assert.Equal(TokenError.InvalidResource, Refused(() => AzurePowerShellCredential.Commands(strange, null)));
        Assert.Equal(TokenError.InvalidTenant, Refused(() => AzureCliCredential.Arguments(Metrics, "-x", null)));
        Assert.Equal(TokenError.InvalidOption, Refused(() => AzureCliCredential.Arguments(Metrics, null, "@/x")));
        Assert.Equal(TokenError.InvalidOption, Refused(() => AzureCliCredential.Arguments(Metrics, "x.com", "Lab")));

        static TokenError Refused(Func<object?> command) => Assert.Throws<TokenException>(command).Error;
    }

    [Fact]
    public async Task The_real_Azure_CLI_says_that_nobody_is_logged_in()
    {
        string? az = ToolPath.Find("az");
        Assert.SkipWhen(az is null, "There is no az on PATH.");
        Set("AZURE_CONFIG_DIR", Folder);
        ToolOutput output = await ToolProcess.RunAsync(
            new ToolCommand(az, AzureCliCredential.Arguments(Metrics, null, null)), Stop);
        Assert.NotEqual(0, output.ExitCode);
        Assert.Null(ToolToken.TryRead(output.StandardOutput));
        Assert.StartsWith("Please run 'az login' to set", ToolFailure.From(output).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'secret'", "(Get-Date '2031-07-14T09:30:15Z').ToUniversalTime()")]
    [InlineData("'secret'", "[DateTimeOffset]::new(2031, 7, 14, 11, 30, 15, [TimeSpan]::FromHours(2))")]
    [InlineData("(ConvertTo-SecureString secret -AsPlainText -Force)", "[DateTimeOffset]'2031-07-14T09:30:15Z'")]
    [InlineData(
        "$(if ($AsSecureString) { ConvertTo-SecureString secret -AsPlainText -Force } else { 'plain' })",
        "[DateTimeOffset]'2031-07-14T09:30:15Z'")]
    public async Task A_PowerShell_of_its_own_gives_Az_Accounts_token(string token, string expiresOn)
    {
        ToolOutput output = await AskPowerShellAsync($$"""
            function Get-AzAccessToken([string]$ResourceUrl, [string]$TenantId, [switch]$AsSecureString) {
                if ($ResourceUrl -ne 'https://monitoring.azure.com/') { throw "asked for $ResourceUrl" }
                if ($TenantId -ne 'contoso.com') { throw "asked for $TenantId" }
                Write-Warning 'The type of this answer will change.'
                Write-Information 'Hello.' -InformationAction Continue
                [pscustomobject]@{ Token = {{token}}; ExpiresOn = {{expiresOn}} }
            }
            """);
        ToolToken? answer = ToolToken.TryRead(output.StandardOutput);
        Assert.True(answer is not null, output.StandardError);
        Assert.Equal("secret", answer.Token);
        Assert.Equal(new DateTimeOffset(2031, 7, 14, 9, 30, 15, TimeSpan.Zero), answer.ExpiresOn);
    }

    [Fact]
    public async Task An_Az_Accounts_from_before_SecureString_is_not_asked_for_one()
    {
        ToolOutput output = await AskPowerShellAsync("""
            function Get-AzAccessToken([string]$ResourceUrl, [string]$TenantId) {
                [pscustomobject]@{ Token = 'secret'; ExpiresOn = [DateTimeOffset]::FromUnixTimeSeconds(1900000000) }
            }
            """);
        Assert.Equal("secret", ToolToken.TryRead(output.StandardOutput)?.Token);
    }

    [Fact]
    public async Task What_Az_Accounts_says_comes_alone()
    {
        ToolOutput output = await AskPowerShellAsync("""
            function Get-AzAccessToken([string]$ResourceUrl, [string]$TenantId) {
                Write-Error "Run Connect-AzAccount to log in – für 世界."
            }
            """);
        Assert.Equal((1, string.Empty), (output.ExitCode, output.StandardOutput));
        Assert.Equal("Run Connect-AzAccount to log in – für 世界.", output.StandardError.Trim());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("2.1.0")]
    public async Task That_there_is_no_Az_Accounts_is_told_apart(string? version)
    {
        ToolOutput output = await AskPowerShellAsync("function Get-AzAccessToken { }", version);
        Assert.Equal(AzurePowerShellCredential.NoAzAccounts, output.ExitCode);
        Assert.Contains("Az.Accounts", ToolFailure.From(output).Message, StringComparison.Ordinal);
    }

    private async Task<ToolOutput> AskPowerShellAsync(string module, string? version = "5.0.0")
    {
        ToolCommand? command = AzurePowerShellCredential.Commands(Metrics, "contoso.com").FirstOrDefault();
        Assert.SkipWhen(command is null, "There is no PowerShell on PATH.");
        if (version is not null)
        {
            string folder = Directory.CreateDirectory(Path.Combine(Folder, "modules", "Az.Accounts", version)).FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, "Az.Accounts.psm1"), module, Stop);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "Az.Accounts.psd1"),
                $"@{{ ModuleVersion = '{version}'; RootModule = 'Az.Accounts.psm1'; FunctionsToExport = '*' }}",
                Stop);
        }

        Set("PSModulePath", Path.Combine(Folder, "modules"));
        return await ToolProcess.RunAsync(command, Stop);
    }
}
