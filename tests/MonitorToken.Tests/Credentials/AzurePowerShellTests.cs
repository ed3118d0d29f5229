using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>Whoever is logged in with Connect-AzAccount, in this session or elsewhere.</summary>
public sealed class AzurePowerShellTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task A_session_that_has_Az_Accounts_is_asked_and_no_process_started()
    {
        string answer = Emulator.IssueUserToken(LogAnalytics);
        Caller.AzAccounts = (resource, tenant) =>
        {
            Assert.Equal((LogAnalytics, null), (resource, tenant));
            return new SessionToken(Secure(answer), DateTimeOffset.UtcNow.AddHours(1));
        };
        Set("PATH", "");
        AccessToken token = await GetAsync(Options("AzurePowerShell"));
        Assert.Equal((answer, "AzurePowerShell"), (token.GetPlainText(), token.CredentialName));
        Assert.Empty(Requests);
    }

    [Fact]
    public async Task The_session_is_asked_each_time_because_it_alone_knows_of_a_logout()
    {
        Caller.AzAccounts = (_, _) => new SessionToken(
            Secure(Emulator.IssueUserToken(LogAnalytics, Emulator.Directory.AddUser())), DateTimeOffset.UtcNow
                .AddHours(1));
        string? first = (await GetAsync(Options("AzurePowerShell"))).Identity;
        Assert.NotEqual(first, (await GetAsync(Options("AzurePowerShell"))).Identity);
        Assert.NotEqual(first, (await GetAsync(Options("Default") with { Include = ["AzurePowerShell"] })).Identity);
    }

    [Fact]
    public async Task A_session_s_login_takes_no_claims_and_says_so()
    {
        Caller.AzAccounts = (_, _) => throw new InvalidOperationException("Must not be asked.");
        TokenException error = await FailAsync(Options("AzurePowerShell"), For("LogAnalytics") with { Claims = "{}" });
        Assert.Equal(TokenError.InteractionRequired, error.Error);
        Assert.Contains("-ClaimsChallenge", error.RecommendedAction, StringComparison.Ordinal);
    }
}
