using Xunit;

namespace MonitorToken.Tests;

/// <summary>Chains of the caller's own.</summary>
public sealed class ChainTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task Credentials_in_a_row_are_tried_in_turn()
    {
        Set("PATH", "");
        Credential absent = Engine.CredentialCatalog.Create(Options("AzureDeveloperCli"));
        Credential good = Engine.CredentialCatalog.Create(ClientSecret());
        Assert.Equal("ClientSecret", (await GetAsync(Options("Chain") with { Chain = [absent, good] })).CredentialName);

        Credential wrong = Engine.CredentialCatalog.Create(ClientSecret("wrong"));
        TokenException error = await FailAsync(Options("Chain") with { Chain = [wrong, good] }, For("ResourceManager"));
        Assert.Equal("AADSTS7000215", error.ErrorCode);
    }

    [Fact]
    public async Task An_own_chain_loses_no_more_time_over_an_absent_managed_identity_than_the_default_one()
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        Credential[] chain = [Engine.CredentialCatalog.Create(Options("ManagedIdentity")), Engine.CredentialCatalog
            .Create(ClientSecret())];
        Assert.Equal("ClientSecret", (await GetAsync(Options("Chain") with { Chain = chain })).CredentialName);
        Assert.Contains(
            Caller.Verboses,
            line => line.Contains("did not answer within 0.5 seconds", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_has_answered_does_so_again_whatever_changes_behind()
    {
        Credential chain = Chain(ClientSecret(), Options("Environment"));
        await chain.GetTokenAsync(For("LogAnalytics"), Caller, Stop);
        Set("AZURE_CLIENT_SECRET", "another");
        Assert.Equal("ClientSecret", chain.FromMemory(For("LogAnalytics"))?.CredentialName);
    }

    [Fact]
    public async Task But_not_when_something_changes_before()
    {
        Set("AZURE_TENANT_ID", null);
        Set("AZURE_CLIENT_ID", null);
        Set("AZURE_CLIENT_SECRET", null);
        Credential chain = Chain(Options("Environment"), ClientSecret());
        Assert.Equal("ClientSecret", (await chain.GetTokenAsync(For("LogAnalytics"), Caller, Stop)).CredentialName);
        Assert.NotNull(chain.FromMemory(For("LogAnalytics")));

        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        Set("AZURE_CLIENT_ID", App.ClientId);
        Set("AZURE_CLIENT_SECRET", App.Secret);
        Assert.Null(chain.FromMemory(For("LogAnalytics")));
        Assert.Equal("Environment", (await chain.GetTokenAsync(For("LogAnalytics"), Caller, Stop)).CredentialName);
    }

    private static Credential Chain(params IEnumerable<CredentialOptions> members) =>
        Engine.CredentialCatalog.Create(
            Options("Chain") with { Chain = [.. members.Select(Engine.CredentialCatalog.Create)] });

    [Fact]
    public async Task While_a_member_is_silent_the_whole_rest_gets_going()
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        Set("PATH", "");
        static Engine.EntraCredential Create(CredentialOptions options) =>
            (Engine.EntraCredential)Engine.CredentialCatalog.Create(options);
        var chain = new Engine.Chain(
            Options("Chain"),
            [
                new Engine.ChainMember(Create(Options("ManagedIdentity"))),
                new Engine.ChainMember(Create(Options("AzureDeveloperCli"))),
                new Engine.ChainMember(Create(ClientSecret())),
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
                    line => line.Contains("There is no managed identity here", StringComparison.Ordinal)),
            string.Join("\n", told));
    }
}
