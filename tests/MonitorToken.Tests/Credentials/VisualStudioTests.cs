using System.Text.Json;
using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>
/// Whoever is signed in to Visual Studio, which is to be had on Windows alone: elsewhere a stand-in for its token
/// provider, in the place where Azure.Identity looks for that program.
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

    private StandIn InstallProvider()
    {
        var provider = new StandIn("token-provider");
        string folder = Path.Combine(Folder, ".IdentityService", "AzureServiceAuth");
        Directory.CreateDirectory(folder);
        Set("HOME", Folder);
        File.WriteAllText(
            Path.Combine(folder, "tokenprovider.json"),
            JsonSerializer.Serialize(new
            {
                TokenProviders = new[]
                {
                    new
                    {
                        Path = Path.Combine(provider.Folder, provider.Name),
                        Arguments = Array.Empty<string>(),
                        Preference = 1,
                    },
                },
            }));
        return provider;
    }

    private void SignIn(StandIn provider, User user)
    {
        string token = Emulator.IssueUserToken(LogAnalytics, user);
        provider.Prints(
            $$"""{"access_token":"{{token}}","expires_on":"{{DateTimeOffset.UtcNow.AddHours(1):O}}"}""");
    }
}
