using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Caching;

public sealed class TokenCacheTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task The_second_time_needs_no_request()
    {
        AccessToken first = await GetAsync(ClientSecret());
        AccessToken second = await GetAsync(ClientSecret());
        Assert.Equal(first.GetPlainText(), second.GetPlainText());
        Assert.Single(Requests);
    }

    [Fact]
    public async Task Many_at_once_make_one_request()
    {
        Emulator.Faults.Add(new Fault { DelayMs = 300 });
        AccessToken[] tokens = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => Task.Run(() => GetAsync(ClientSecret()))));
        Assert.Single(tokens.Select(token => token.GetPlainText()).Distinct());
        Assert.Single(Requests);
    }

    [Fact]
    public async Task Disposing_of_a_token_s_SecureString_harms_nobody()
    {
        (await GetAsync(ClientSecret())).Token.Dispose();
        Assert.NotEmpty((await GetAsync(ClientSecret())).GetPlainText());
    }

    [Fact]
    public async Task Whatever_changes_the_answer_is_never_answered_with_an_earlier_token()
    {
        await GetAsync(ClientSecret());

        Assert.Equal("AADSTS7000215", (await FailAsync(ClientSecret("another"))).ErrorCode);
        Tenant tenant = Emulator.Directory.AddTenant();
        Assert.Equal(
            "AADSTS700016",
            (await FailAsync(ClientSecret() with { TenantId = tenant.Id.ToString() })).ErrorCode);
        string second = App.AddSecret();
        await GetAsync(ClientSecret(second));
        await GetAsync(ClientSecret() with { ClientId = Emulator.Directory.AddApp(secret: App.Secret).ClientId });
        await GetAsync(ClientSecret(), For("ResourceManager"));
        await GetAsync(ClientSecret(), For(LogAnalytics + "/"));
        await GetAsync(ClientSecret(), For("LogAnalytics") with { Claims = "{\"access_token\":{}}" });
        await GetAsync(ClientSecret() with { UseV1Endpoint = true });
        await GetAsync(
            ClientSecret() with { Authority = Authority.For(Emulator.HttpsAddress), DisableInstanceDiscovery = true });
        Assert.Equal(10, Requests.Count);
    }

    [Fact]
    public async Task A_forced_refresh_goes_to_the_network_and_later_callers_get_its_token()
    {
        AccessToken first = await GetAsync(ClientSecret());
        AccessToken forced = await GetAsync(ClientSecret(), For("LogAnalytics") with { ForceRefresh = true });
        AccessToken later = await GetAsync(ClientSecret());
        Assert.NotEqual(first.GetPlainText(), forced.GetPlainText());
        Assert.Equal(forced.GetPlainText(), later.GetPlainText());
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task A_token_too_short_for_the_caller_is_renewed_and_the_caller_told_if_that_does_not_help()
    {
        await GetAsync(ClientSecret());
        await GetAsync(ClientSecret(), For("LogAnalytics") with { MinimumLifetime = TimeSpan.FromMinutes(50) });
        Assert.Single(Requests);
        Assert.Empty(Caller.Warnings);

        await GetAsync(ClientSecret(), For("LogAnalytics") with { MinimumLifetime = TimeSpan.FromHours(2) });
        Assert.Equal(2, Requests.Count);
        Assert.Contains("02:00:00", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_near_its_end_is_renewed()
    {
        Emulator.Faults.Add(new Fault { TokenLifetimeSeconds = 3, Times = 1 });
        AccessToken held = await GetAsync(ClientSecret());
        await Eventually.DueAsync(held);
        Assert.NotEqual(held.GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task When_a_renewal_cannot_reach_anybody_the_token_in_hand_serves_while_it_is_valid()
    {
        Emulator.Faults.Add(new Fault { TokenLifetimeSeconds = 6, Times = 1 });
        AccessToken held = await GetAsync(ClientSecret());
        await Eventually.DueAsync(held);
        Emulator.Faults.Add(new Fault { Status = 503 });

        AccessToken token = await GetAsync(ClientSecret());

        Assert.Equal(held.GetPlainText(), token.GetPlainText());
        Assert.Contains("couldn't be renewed", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_who_stops_waiting_does_not_stop_the_others()
    {
        Emulator.Faults.Add(new Fault { DelayMs = 500 });
        using var impatient = new CancellationTokenSource();
        Task<AccessToken> first = CredentialCatalog.Create(ClientSecret())
            .GetTokenAsync(For("LogAnalytics"), Caller, impatient.Token);
        Task<AccessToken> second = GetAsync(ClientSecret());
        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.NotEmpty((await second).GetPlainText());
        Assert.Single(Requests);
    }

    [Fact]
    public async Task A_credential_made_before_the_environment_changed_does_not_answer_for_what_it_was()
    {
        App other = Emulator.Directory.AddApp();
        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        SetApplication(App);
        Credential early = CredentialCatalog.Create(Options("Environment"));
        SetApplication(other);
        Assert.Equal(other.ClientId, (await early.GetTokenAsync(For("LogAnalytics"), Caller, Stop)).Identity);
        SetApplication(App);
        Assert.Equal(App.ClientId, (await GetAsync(Options("Environment"))).Identity);

        void SetApplication(App app)
        {
            Set("AZURE_CLIENT_ID", app.ClientId);
            Set("AZURE_CLIENT_SECRET", app.Secret);
        }
    }

    [Fact]
    public async Task A_failure_is_not_remembered()
    {
        Emulator.Faults.Add(new Fault { Error = "AADSTS7000222", Times = 1 });
        await FailAsync(ClientSecret());
        Assert.NotEmpty((await GetAsync(ClientSecret())).GetPlainText());
    }
}
