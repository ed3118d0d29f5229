using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>What the tools of developers have in common.</summary>
public sealed class ToolCredentialTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private static readonly (string Way, string Tool, string LogIn)[] Tools =
    [
        ("AzureCli", "az", "Run az login"),
        ("AzureDeveloperCli", "azd", "Run azd auth login"),
        ("AzurePowerShell", "pwsh", "Run Connect-AzAccount"),
    ];

    public static TheoryData<string, string, string> Lapsed
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            string[] codes =
            [
                "50072", "50074", "50076", "50097", "50132", "50133", "50158", "50173", "50199", "500121", "16000",
                "50020", "53004", "530035", "530036", "70043", "70044", "700082", "90072",
            ];
            foreach (string code in codes)
            {
                foreach ((string way, _, string logIn) in Tools)
                    data.Add(code, way, logIn);
            }

            return data;
        }
    }

    [Theory]
    [InlineData("AzureCli")]
    [InlineData("AzureDeveloperCli")]
    [InlineData("AzurePowerShell")]
    [InlineData("VisualStudio")]
    public async Task A_tool_that_is_not_there_is_unavailable_and_says_so(string name)
    {
        Set("PATH", "");
        Set("PSModulePath", "");
        TokenException error = await FailAsync(Options(name));
        Assert.Equal((TokenError.CredentialUnavailable, name), (error.Error, error.CredentialName));
        Assert.NotEmpty(error.RecommendedAction);
    }

    [Theory]
    [InlineData("AzureCli", "az")]
    [InlineData("AzureDeveloperCli", "azd")]
    public async Task A_tool_that_no_command_line_can_name_is_not_said_to_be_missing(string name, string tool)
    {
        var standIn = new StandIn(tool);
        standIn.Does("true");
        string folder = Directory.CreateDirectory(Path.Combine(Folder, "a\"b")).FullName;
        File.Copy(Path.Combine(standIn.Folder, tool), Path.Combine(folder, tool));
        Set("PATH", folder);
        TokenException error = await FailAsync(Options(name));
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains(
            $"'{folder}/{tool}' can't be started: no command line allows the \"", error.Message,
            StringComparison.Ordinal);
        Assert.Equal(0, standIn.Starts);
    }

    [Theory]
    [MemberData(nameof(Lapsed))]
    public async Task Whoever_must_log_in_again_is_told_how_and_not_sent_to_a_log(string code, string way, string logIn)
    {
        EntraError lapsed = $"AADSTS{code}";
        TokenException error = await SaysAsync(way, $"ERROR: {lapsed.Description("t", "c", "now")}");
        Assert.Equal((TokenError.InteractionRequired, $"AADSTS{code}"), (error.Error, error.ErrorCode));
        Assert.Contains(logIn, error.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("sign-in log", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_broker_of_Windows_that_wants_a_person_is_a_login_that_has_lapsed()
    {
        const string Words =
            "ERROR: (pii). Status: Response_Status.Status_InteractionRequired, Error code: 3399614476, Tag: 557973645";
        foreach ((string way, _, string logIn) in Tools)
        {
            TokenException error = await SaysAsync(way, Words);
            Assert.Equal(TokenError.InteractionRequired, error.Error);
            Assert.StartsWith(logIn, error.RecommendedAction, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Token_protection_is_answered_by_the_broker_alone()
    {
        EntraError blocked = "AADSTS530084";
        foreach ((string way, _, string logIn) in Tools)
        {
            TokenException error = await SaysAsync(way, $"ERROR: {blocked.Description("t", "c", "now")}");
            Assert.Equal((TokenError.InteractionRequired, "AADSTS530084"), (error.Error, error.ErrorCode));
            Assert.Contains("broker (WAM)", error.RecommendedAction, StringComparison.Ordinal);
            Assert.Contains("-AzureCli or -AzurePowerShell", error.RecommendedAction, StringComparison.Ordinal);
            Assert.DoesNotContain(logIn + ",", error.RecommendedAction, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ERROR: AADSTS90024: A transient error has occurred. Please try again.")]
    [InlineData("ERROR: AADSTS50087: A transient error has occurred during strong authentication.\nInteractive "
        + "authentication is needed. Please run:\naz login")]
    [InlineData("ERROR: temporarily_unavailable: Busy.")]
    [InlineData("ERROR: No such host is known. (login.microsoftonline.com:443)")]
    public async Task Who_has_found_Entra_out_of_reach_is_not_told_to_log_in(string said)
    {
        foreach ((string way, _, string logIn) in Tools)
        {
            TokenException error = await SaysAsync(way, said);
            Assert.Equal(TokenError.AuthorityUnreachable, error.Error);
            Assert.DoesNotContain(logIn, error.RecommendedAction, StringComparison.Ordinal);
            Assert.DoesNotContain("az login", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("AADSTS50132: The session is not valid.", "InteractionRequired", "AADSTS50132")]
    [InlineData("AADSTS90024: A transient error has occurred.", "AuthorityUnreachable", "AADSTS90024")]
    [InlineData("No such host is known. (login.microsoftonline.com:443)", "AuthorityUnreachable", null)]
    [InlineData("Response status code does not indicate success: 429 (TooManyRequests).", "Throttled", null)]
    [InlineData("Your Azure credentials have not been set up.", "CredentialUnavailable", null)]
    public async Task What_the_session_s_own_Az_Accounts_says_means_the_same(string said, string kind, string? code)
    {
        Caller.AzAccounts = (_, _) => throw new TokenException(
            TokenError.CredentialUnavailable,
            $"This session's Get-AzAccessToken didn't return a token: {said}",
            "Run Connect-AzAccount, or sign in another way.");
        TokenException error = await FailAsync(Options("AzurePowerShell"));
        Assert.Equal((kind, code), (error.Error.ToString(), error.ErrorCode));
        Assert.Contains(said.TrimEnd('.'), error.Message, StringComparison.Ordinal);
        Assert.Equal(
            kind is "InteractionRequired" or "CredentialUnavailable",
            error.RecommendedAction.Contains("Run Connect-AzAccount", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("data/powershell/Modules/Az.Accounts/5.0.0/Az.Accounts.psd1", true)]
    [InlineData("pwsh/Modules/Az.Accounts/5.0.0/Az.Accounts.psd1", true)]
    [InlineData("pwsh/powershell.config.json", true)]
    [InlineData("config/powershell/powershell.config.json", true)]
    [InlineData("data/powershell/Modules/Az.Storage/5.0.0/Az.Storage.psd1", false)]
    public async Task A_PowerShell_is_started_where_only_it_would_see_Az_Accounts(string file, bool isStarted)
    {
        var pwsh = new StandIn("pwsh");
        pwsh.Does("echo 'Run Connect-AzAccount to login.' >&2; exit 1");
        string path = Path.Combine(Folder, file);
        Directory.CreateDirectory(Path.Combine(Folder, "pwsh"));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, """{ "PSModulePath": "/srv/modules" }""", Stop);

        // On PATH is a link; the program itself is in a folder with modules of its own.
        File.Move(Path.Combine(pwsh.Folder, "pwsh"), Path.Combine(Folder, "pwsh", "pwsh"));
        File.CreateSymbolicLink(Path.Combine(pwsh.Folder, "pwsh"), Path.Combine(Folder, "pwsh", "pwsh"));
        Set("PATH", pwsh.Folder);
        Set("PSModulePath", Path.Combine(Folder, "session"));
        Set("XDG_DATA_HOME", Path.Combine(Folder, "data"));
        Set("XDG_CONFIG_HOME", Path.Combine(Folder, "config"));
        TokenException error = await FailAsync(Options("AzurePowerShell"));
        Assert.Equal(isStarted ? 1 : 0, pwsh.Starts);
        Assert.Contains(
            isStarted ? "Run Connect-AzAccount to login" : "neither loaded in this session nor installed",
            error.Message,
            StringComparison.Ordinal);
    }

    private async Task<TokenException> SaysAsync(string way, string words)
    {
        var tool = new StandIn(Array.Find(Tools, one => one.Way == way).Tool);
        tool.Write("words", words);
        tool.Does("/bin/cat \"$HERE/words\" >&2; exit 1");
        Set("PATH", tool.Folder);
        string modules = Path.Combine(Folder, "modules");
        Directory.CreateDirectory(Path.Combine(modules, "Az.Accounts"));
        Set("PSModulePath", modules);
        return await FailAsync(Options(way), For("LogAnalytics") with { ForceRefresh = true });
    }
}
