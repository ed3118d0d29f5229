using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>Chains of the caller's own.</summary>
public sealed class ChainedCredentialTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task Credentials_in_a_row_are_tried_in_turn()
    {
        Set("PATH", "");
        Credential absent = CredentialCatalog.Create(Options("AzureDeveloperCli"));
        Credential good = CredentialCatalog.Create(ClientSecret());
        Assert.Equal("ClientSecret", (await GetAsync(Options("Chain") with { Chain = [absent, good] })).CredentialName);

        Credential wrong = CredentialCatalog.Create(ClientSecret("wrong"));
        TokenException error = await FailAsync(Options("Chain") with { Chain = [wrong, good] }, For("ResourceManager"));
        Assert.Equal("AADSTS7000215", error.ErrorCode);
    }

    [Fact]
    public async Task An_own_chain_loses_no_more_time_over_an_absent_managed_identity_than_the_default_one()
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        Credential[] chain = [CredentialCatalog.Create(Options("ManagedIdentity")), CredentialCatalog
            .Create(ClientSecret())];
        Assert.Equal("ClientSecret", (await GetAsync(Options("Chain") with { Chain = chain })).CredentialName);
        Assert.Contains(
            Caller.Verboses,
            line => line.Contains("didn't respond within 0.5 seconds", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_has_answered_does_so_again_whatever_changes_behind()
    {
        Credential chain = Chain(ClientSecret(), Options("Environment"));
        await chain.GetTokenAsync(For("LogAnalytics"), Caller, Stop);
        Set("AZURE_CLIENT_SECRET", "another");
        Assert.Equal("ClientSecret", chain.TryGetCached(For("LogAnalytics"))?.CredentialName);
    }

    [Fact]
    public async Task But_not_when_something_changes_before()
    {
        Set("AZURE_TENANT_ID", null);
        Set("AZURE_CLIENT_ID", null);
        Set("AZURE_CLIENT_SECRET", null);
        Credential chain = Chain(Options("Environment"), ClientSecret());
        Assert.Equal("ClientSecret", (await chain.GetTokenAsync(For("LogAnalytics"), Caller, Stop)).CredentialName);
        Assert.NotNull(chain.TryGetCached(For("LogAnalytics")));

        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        Set("AZURE_CLIENT_ID", App.ClientId);
        Set("AZURE_CLIENT_SECRET", App.Secret);
        Assert.Null(chain.TryGetCached(For("LogAnalytics")));
        Assert.Equal("Environment", (await chain.GetTokenAsync(For("LogAnalytics"), Caller, Stop)).CredentialName);
    }

    [Theory]
    [InlineData("Environment")]
    [InlineData("Chain of chains")]
    [InlineData("ManagedIdentity")]
    [InlineData("FederatedToken")]
    public async Task A_member_that_is_to_wait_for_longer_than_the_caller_has_says_so_at_once(string throttled)
    {
        // A token that an earlier test has left would answer the second call.
        Engine.Caching.ProcessMemory.Clear();
        Emulator.Faults.Add(new Fault { Status = 429, Headers = Later("600") });
        TokenRequest request = Patient(60);
        Credential chain = Throttled(throttled);

        TokenException error = await Assert.ThrowsAsync<TokenException>(
            () => chain.GetTokenAsync(request, Caller, Stop));
        AssertThrottled(error);

        // What is heeded afterwards is heeded at once too, and nothing is sent.
        AssertThrottled(await Assert.ThrowsAsync<TokenException>(
            () => chain.GetTokenAsync(request with { ForceRefresh = false }, Caller, Stop)));

        void AssertThrottled(TokenException error)
        {
            Assert.Equal(TokenError.Throttled, error.Error);
            Assert.NotNull(error.RetryAfter);
            // It was asked once, and nobody has waited to ask it again. Whether a metadata service is there is found
            // out before, and others may have been begun ahead.
            bool isOfHost = throttled is "ManagedIdentity" or "FederatedToken";
            Assert.Single(
                Requests, sent => isOfHost ? sent.Headers.ContainsKey("Metadata") : sent.Method == "POST");
        }
    }

    [Fact]
    public async Task Who_has_less_time_than_a_member_by_itself_is_told_at_once_too()
    {
        SetApplication();
        // Longer than the caller has, and shorter than the member of the default chain has by itself.
        Emulator.Faults.Add(new Fault { Status = 429, Headers = Later("20") });
        TokenException error = await FailAsync(Options("Default"), Patient(15));
        Assert.Equal((TokenError.Throttled, "Environment"), (error.Error, error.CredentialName));
        Assert.Single(Requests);
    }

    [Fact]
    public async Task What_the_caller_has_time_for_is_waited_for()
    {
        SetApplication();
        Emulator.Faults.Add(new Fault { Status = 429, Headers = Later("1"), Times = 1 });
        Assert.Equal("Environment", (await GetAsync(Options("Default"), Patient(60))).CredentialName);
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task What_is_over_is_over_for_all_and_each_member_gets_its_line()
    {
        Set("PATH", "");
        Emulator.Faults.Add(new Fault { Hang = true });
        Credential chain = Chain(Options("AzureDeveloperCli"), ClientSecret(), Options("AzureCli"));
        TokenException error = await Assert.ThrowsAsync<TokenException>(
            () => chain.GetTokenAsync(For("LogAnalytics") with { Timeout = TimeSpan.FromSeconds(1) }, Caller, Stop));
        Assert.Equal((TokenError.Timeout, "Chain"), (error.Error, error.CredentialName));
        string[] lines = error.Message.Split('\n');
        Assert.Equal("Chain didn't get a token within 1 seconds.", lines[0]);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("  1. AzureDeveloperCli: ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("  2. ClientSecret: ClientSecret didn't get a token", lines[2], StringComparison.Ordinal);
    }

    private static TokenRequest Patient(int seconds) =>
        For("LogAnalytics") with { ForceRefresh = true, Timeout = TimeSpan.FromSeconds(seconds) };

    private static Dictionary<string, string> Later(string seconds) => new() { ["Retry-After"] = seconds };

    private Credential Throttled(string which)
    {
        switch (which)
        {
            case "Environment":
                SetApplication();
                return CredentialCatalog.Create(Options("Default"));
            case "Chain of chains":
                return CredentialCatalog.Create(
                    Options("Chain") with { Chain = [Chain(ClientSecret()), Chain(ClientSecret("other"))] });
            case "ManagedIdentity":
                // The rest gets going while it waits.
                return Chain(Options("ManagedIdentity"), Options("AzureDeveloperCli"));
            default:
                Credential trusted = CredentialCatalog.Create(Options("ManagedIdentity"));
                return Chain(Application("FederatedToken") with { FederatedCredential = trusted }, ClientSecret());
        }
    }

    private void SetApplication()
    {
        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        Set("AZURE_CLIENT_ID", App.ClientId);
        Set("AZURE_CLIENT_SECRET", App.Secret);
    }

    private static Credential Chain(params IEnumerable<CredentialOptions> members) =>
        CredentialCatalog.Create(
            Options("Chain") with { Chain = [.. members.Select(CredentialCatalog.Create)] });

    [Fact]
    public async Task While_a_member_is_silent_the_whole_rest_gets_going()
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        Set("PATH", "");
        static Credential Create(CredentialOptions options) =>
            CredentialCatalog.Create(options);
        var chain = new ChainedCredential(
            Options("Chain"),
            [
                new ChainMember(Create(Options("ManagedIdentity"))),
                new ChainMember(Create(Options("AzureDeveloperCli"))),
                new ChainMember(Create(ClientSecret())),
            ]);

        // The first request of a process takes its time; it is not what this is about.
        await GetAsync(ClientSecret(), For("ResourceManager"));

        AccessToken token = await chain.GetTokenAsync(For("LogAnalytics") with { ForceRefresh = true }, Caller, Stop);

        Assert.Equal("ClientSecret", token.CredentialName);
        string[] told = [.. Caller.Verboses];
        Assert.True(
            Array.FindLastIndex(told, line => line.StartsWith("ClientSecret got a token", StringComparison.Ordinal))
                < Array.FindIndex(
                    told,
                    line => line.Contains("There's no managed identity here", StringComparison.Ordinal)),
            string.Join("\n", told));
    }
}
