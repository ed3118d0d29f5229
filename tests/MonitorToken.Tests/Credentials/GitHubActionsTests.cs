using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>A workflow that GitHub vouches for.</summary>
public sealed class GitHubActionsTests : EngineTest
{
    public GitHubActionsTests(EmulatorFixture fixture)
        : base(fixture) =>
        App.AddFederatedCredential(Emulator.Issuers.GitHub.Url, Emulator.Issuers.GitHub.Subject);

    [Fact]
    public async Task GitHub_is_asked_for_a_fresh_assertion_each_time()
    {
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.Environment["EMULATOR_GITHUB_URL"]);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Emulator.Environment["EMULATOR_GITHUB_TOKEN"]);

        AccessToken token = await GetAsync(Application("GitHubActions"));
        await GetAsync(Application("GitHubActions"), For("LogAnalytics") with { ForceRefresh = true });

        Assert.Equal(("GitHubActions", App.ClientId), (token.CredentialName, token.Identity));
        RecordedRequest ask = Requests[0];
        Assert.Equal("api://AzureADTokenExchange", ask.Query["audience"]);
        Assert.Equal("Bearer " + Emulator.Environment["EMULATOR_GITHUB_TOKEN"], ask.Headers["Authorization"]);
        Assert.Equal(2, Requests.Where(request => request.Form.ContainsKey("client_assertion"))
            .Select(request => request.Form["client_assertion"])
            .Distinct()
            .Count());
    }

    [Fact]
    public async Task Elsewhere_than_in_GitHub_Actions_it_says_so()
    {
        TokenException error = await FailAsync(Application("GitHubActions"));
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains("id-token: write", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_may_not_ask_GitHub_says_so()
    {
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.Environment["EMULATOR_GITHUB_URL"]);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "wrong");
        TokenException error = await FailAsync(Application("GitHubActions"));
        Assert.Equal(TokenError.AuthenticationFailed, error.Error);
        Assert.DoesNotContain("wrong", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The second subject has the form that GitHub sends for repositories made since July 2026.</summary>
    [Theory]
    [InlineData("repo:Contoso/monitor:ref:refs/heads/main", "AADSTS7002138")]
    [InlineData("repo:contoso@1234/monitor@5678:ref:refs/heads/main", "AADSTS700213")]
    public async Task The_application_has_to_trust_exactly_the_subject_that_GitHub_sends(string trusted, string code)
    {
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.Environment["EMULATOR_GITHUB_URL"]);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Emulator.Environment["EMULATOR_GITHUB_TOKEN"]);
        App app = Emulator.Directory.AddApp();
        app.AddFederatedCredential(Emulator.Issuers.GitHub.Url, trusted);

        TokenException error = await FailAsync(Application("GitHubActions") with { ClientId = app.ClientId });

        Assert.Equal((TokenError.AuthenticationFailed, code), (error.Error, error.ErrorCode));
        Assert.Contains($"'{Emulator.Issuers.GitHub.Subject}'", error.Message, StringComparison.Ordinal);
    }
}
