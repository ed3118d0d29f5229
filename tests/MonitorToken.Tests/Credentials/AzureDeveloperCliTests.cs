using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>Whoever is logged in with azd.</summary>
public sealed class AzureDeveloperCliTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task Another_login_of_azd_is_never_answered_with_the_earlier_token()
    {
        StandIn azd = InstallAzd();
        string config = Path.Combine(Folder, "config");
        Directory.CreateDirectory(config);
        Set("AZD_CONFIG_DIR", config);

        foreach (User user in new[] { Emulator.Directory.AddUser(), Emulator.Directory.AddUser() })
        {
            string expiresOn = $"{DateTime.UtcNow.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}";
            azd.Prints($$"""
                {"token":"{{Emulator.IssueUserToken(LogAnalytics, user)}}","expiresOn":"{{expiresOn}}"}
                """);
            File.WriteAllText(Path.Combine(config, "auth.json"), user.UserPrincipalName);
            Assert.Equal(user.UserPrincipalName, (await GetAsync(Options("AzureDeveloperCli"))).Identity);
        }
    }

    [Fact]
    public async Task What_looks_like_a_token_in_a_tool_s_words_is_not_repeated()
    {
        string token = Emulator.IssueUserToken(LogAnalytics);
        InstallAzd().Does($"echo 'it went wrong with {token}' >&2; exit 1");
        TokenException error = await FailAsync(Options("AzureDeveloperCli") with { TenantId = "organizations" });
        Assert.Contains("it went wrong with (a token)", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Split('.')[1], error.ToString(), StringComparison.Ordinal);
    }

    private StandIn InstallAzd()
    {
        var azd = new StandIn("azd");
        Set("PATH", azd.Folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        return azd;
    }
}
