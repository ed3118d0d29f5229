using System.Text.Json;
using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using MonitorToken.Tests.Processes;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>
/// Whoever is signed in to Visual Studio, which is to be had on Windows alone: elsewhere a stand-in for its token
/// provider, in the place where that program is named on Linux.
/// </summary>
public sealed class VisualStudioTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task Elsewhere_than_on_Windows_it_says_so_and_asks_nobody()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Visual Studio may be there.");
        Set("HOME", Folder);
        TokenException error = await FailAsync(Options("VisualStudio"));
        Assert.Equal((TokenError.CredentialUnavailable, "VisualStudio"), (error.Error, error.CredentialName));
        Assert.Contains("on Windows only", error.Message, StringComparison.Ordinal);
        Assert.Empty(Requests);
    }

    [Fact]
    public async Task A_file_of_the_current_folder_starts_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There, the folder is not that of a variable.");
        StandIn provider = InstallProvider();
        string home = System.Environment.GetEnvironmentVariable("HOME")!;
        Set("HOME", Path.GetRelativePath(Directory.GetCurrentDirectory(), home));
        TokenException error = await FailAsync(Options("VisualStudio"));
        Assert.Equal((TokenError.CredentialUnavailable, 0), (error.Error, provider.Starts));
    }

    [Fact]
    public async Task It_is_not_asked_for_scopes_which_it_would_leave_out()
    {
        StandIn provider = InstallProvider();
        TokenException error = await FailAsync(
            Options("VisualStudio"), TokenRequest.ForScopes(["https://api.loganalytics.io/Data.Read"]));
        Assert.Equal((TokenError.InvalidResource, 0), (error.Error, provider.Starts));
    }

    [Theory]
    [InlineData("VisualStudio")]
    [InlineData("Default")]
    public async Task Another_account_of_Visual_Studio_is_never_answered_with_the_earlier_token(string way)
    {
        StandIn provider = InstallProvider();
        Set("AZURE_TOKEN_CREDENTIALS", "VisualStudioCredential");
        foreach (User user in new[] { Emulator.Directory.AddUser(), Emulator.Directory.AddUser() })
        {
            // Nothing but the program itself knows that the account has been changed.
            SignIn(provider, user);
            Credential credential = CredentialCatalog.Create(Options(way));
            Assert.Null(credential.TryGetCached(For("LogAnalytics")));
            Assert.Equal(
                user.UserPrincipalName,
                (await credential.GetTokenAsync(For("LogAnalytics"), Caller, Stop)).Identity);
        }
    }

    [Fact]
    public async Task A_token_of_Visual_Studio_does_not_stand_in_for_one_that_it_refuses()
    {
        StandIn provider = InstallProvider();
        SignIn(provider, Emulator.Directory.AddUser());
        await GetAsync(Options("VisualStudio"));

        provider.Does("echo 'TS001: This account needs re-authentication.' >&2; exit 1");
        TokenException error = await FailAsync(Options("VisualStudio"));
        Assert.Equal("VisualStudio", error.CredentialName);
        Assert.Equal(2, provider.Starts);
    }

    [Fact]
    public async Task A_token_provider_that_hangs_is_ended_with_everything_that_it_has_started()
    {
        ProcessTable.SkipUnlessThere();
        string mark = Guid.NewGuid().ToString("n");
        Set("VISUALSTUDIO_TEST_MARK", mark);
        StandIn provider = InstallProvider();
        provider.Does("sleep 300 & sleep 300");
        TokenException error = await FailAsync(
            Options("VisualStudio"), For("LogAnalytics") with { Timeout = TimeSpan.FromSeconds(1) });
        Assert.Equal((TokenError.Timeout, 1), (error.Error, provider.Starts));
        await Eventually.TrueAsync(
            () => ProcessTable.WithVariable($"VISUALSTUDIO_TEST_MARK={mark}").Count == 0, "nothing is left");
    }

    [Fact]
    public async Task Arguments_in_the_file_are_quoted_already()
    {
        StandIn provider = InstallProvider("--serviceHubConfig", "\"/no such/hub config.json\"");
        SignIn(provider, Emulator.Directory.AddUser());
        provider.Does("printf '%s\\n' \"$@\" > \"$HERE/arguments\"; cat \"$HERE/answer\"");
        await GetAsync(Options("VisualStudio") with { TenantId = "contoso.com" });
        Assert.Equal(
            ["--serviceHubConfig", "/no such/hub config.json", "--resource", LogAnalytics, "--tenant", "contoso.com"],
            await File.ReadAllLinesAsync(Path.Combine(provider.Folder, "arguments"), Stop));
    }

    [Fact]
    public async Task Another_version_of_Visual_Studio_is_asked_if_the_preferred_one_has_no_account()
    {
        StandIn preferred = new("token-provider");
        StandIn other = new("token-provider");
        preferred.Does("echo 'TS003: Error, TS005: No accounts found.' >&2; exit 1");
        User user = Emulator.Directory.AddUser();
        SignIn(other, user);
        WriteProviders((other, 2, []), (preferred, 1, []));
        Assert.Equal(user.UserPrincipalName, (await GetAsync(Options("VisualStudio"))).Identity);
        Assert.Equal((1, 1), (preferred.Starts, other.Starts));

        other.Does("echo 'TS001: Sign in anew.' >&2; exit 1");
        TokenException error = await FailAsync(Options("VisualStudio"));
        Assert.Contains("TS005", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"TokenProviders":[{"Path":1,"Arguments":[],"Preference":1}]}""")]
    [InlineData("""{"TokenProviders":[{"Path":"/x","Arguments":[],"Preference":"1"}]}""")]
    public async Task A_damaged_file_is_named(string content)
    {
        InstallProvider();
        string file = Path.Combine(Folder, ".IdentityService", "AzureServiceAuth", "tokenprovider.json");
        await File.WriteAllTextAsync(file, content, Stop);
        TokenException error = await FailAsync(Options("VisualStudio"));
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains($"'{file}'", error.Message, StringComparison.Ordinal);
    }

    private StandIn InstallProvider(params string[] arguments)
    {
        var provider = new StandIn("token-provider");
        WriteProviders((provider, 1, arguments));
        return provider;
    }

    private void WriteProviders(params (StandIn Program, int Preference, string[] Arguments)[] providers)
    {
        string folder = Path.Combine(Folder, ".IdentityService", "AzureServiceAuth");
        Directory.CreateDirectory(folder);
        Set("HOME", Folder);
        File.WriteAllText(
            Path.Combine(folder, "tokenprovider.json"),
            JsonSerializer.Serialize(new
            {
                TokenProviders = providers.Select(provider => new
                {
                    Path = Path.Combine(provider.Program.Folder, provider.Program.Name),
                    provider.Arguments,
                    provider.Preference,
                }),
            }));
    }

    private void SignIn(StandIn provider, User user)
    {
        string token = Emulator.IssueUserToken(LogAnalytics, user);
        provider.Prints(
            $$"""{"access_token":"{{token}}","expires_on":"{{DateTimeOffset.UtcNow.AddHours(1):O}}"}""");
    }
}
