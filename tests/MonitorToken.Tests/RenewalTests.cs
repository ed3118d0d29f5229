using MonitorToken.Engine.Answers;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>What is in hand is given out while it is good, and what is better takes its place.</summary>
public sealed class RenewalTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task While_the_token_in_hand_is_good_for_minutes_it_is_renewed_behind_the_caller_s_back()
    {
        App.RefreshIn = TimeSpan.FromSeconds(1);
        AccessToken held = await GetAsync(ClientSecret());
        await Task.Delay(held.RefreshOn - DateTimeOffset.UtcNow + TimeSpan.FromMilliseconds(20), Stop);
        App.RefreshIn = null;
        // Whoever waited for this renewal would wait for a second.
        Emulator.Faults.Add(new Fault { DelayMs = 1000 });

        string[] meanwhile = [.. (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => GetAsync(ClientSecret())))).Select(token => token.GetPlainText())];
        Assert.All(meanwhile, token => Assert.Equal(held.GetPlainText(), token));

        string renewed = held.GetPlainText();
        for (int i = 0; i < 100 && renewed == held.GetPlainText(); i++)
        {
            await Task.Delay(100, Stop);
            renewed = (await GetAsync(ClientSecret())).GetPlainText();
        }

        Assert.NotEqual(held.GetPlainText(), renewed);
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task A_renewal_behind_the_caller_s_back_that_fails_is_told_to_the_next_one()
    {
        App.RefreshIn = TimeSpan.FromSeconds(1);
        AccessToken held = await GetAsync(ClientSecret());
        await Task.Delay(held.RefreshOn - DateTimeOffset.UtcNow + TimeSpan.FromMilliseconds(20), Stop);
        Emulator.Faults.Add(new Fault { Error = "AADSTS7000222" });

        for (int i = 0; i < 100 && Caller.Warnings.IsEmpty; i++)
        {
            Assert.Equal(held.GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());
            await Task.Delay(50, Stop);
        }

        Assert.Contains("AADSTS7000222", Caller.Warnings.First(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    [InlineData(400)]
    public async Task A_code_that_passes_costs_no_token_in_hand_whatever_its_status(int status)
    {
        AccessToken held = await NearItsEndAsync(ClientSecret());
        Emulator.Faults.Add(new Fault { Error = "AADSTS90033", Status = status });
        Assert.Equal(held.GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());
        Assert.Contains("could not be renewed", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GitHub_s_503_costs_no_token_in_hand()
    {
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.GitHub.RequestUrl.ToString());
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Emulator.GitHub.RequestToken);
        CredentialOptions job = Options("GitHubActions") with
        {
            TenantId = Emulator.Directory.Tenant.Id.ToString(),
            ClientId = Emulator.Directory.App.ClientId,
        };
        AccessToken held = await NearItsEndAsync(job);
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = Emulator.GitHub.RequestUrl.AbsolutePath }, Status = 503 });
        Assert.Equal(held.GetPlainText(), (await GetAsync(job)).GetPlainText());
        Assert.DoesNotContain("permission", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_fails_costs_no_token_in_hand()
    {
        bool fails = false;
        CredentialOptions script = Options("FederatedToken") with
        {
            TenantId = Emulator.Directory.Tenant.Id.ToString(),
            ClientId = Emulator.Directory.App.ClientId,
            FederatedTokenScript = _ => fails
                ? throw new TokenException(TokenError.AuthenticationFailed, "The vault is closed.", "Wait.") { IsTransient = true }
                : Emulator.Issuers.Kubernetes.Issue(),
        };
        AccessToken held = await NearItsEndAsync(script);
        fails = true;
        Assert.Equal(held.GetPlainText(), (await GetAsync(script)).GetPlainText());
        Assert.Contains("The vault is closed.", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_got_with_claims_replaces_what_was_rejected()
    {
        AccessToken rejected = await GetAsync(ClientSecret());
        AccessToken better = await GetAsync(ClientSecret(), For("LogAnalytics") with { Claims = """{"access_token":{}}""" });
        Assert.NotEqual(rejected.GetPlainText(), better.GetPlainText());
        Assert.Equal(better.GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task Who_was_told_that_there_is_no_longer_one_does_not_ask_each_time()
    {
        TokenRequest long_ = For("LogAnalytics") with { MinimumLifetime = TimeSpan.FromHours(2) };
        for (int i = 0; i < 5; i++)
            await GetAsync(ClientSecret(), long_);
        Assert.Single(Requests);
        Assert.Equal(5, Caller.Warnings.Count);
        Assert.All(Caller.Warnings, warning => Assert.DoesNotContain("anaged identity", warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_metadata_service_that_gives_the_same_token_again_is_asked_once_more_and_named()
    {
        CredentialOptions identity = Options("ManagedIdentity");
        AccessToken first = await GetAsync(identity);
        TokenRequest longer = For("LogAnalytics") with { MinimumLifetime = TimeSpan.FromHours(30) };
        for (int i = 0; i < 3; i++)
            Assert.Equal(first.GetPlainText(), (await GetAsync(identity, longer)).GetPlainText());
        Assert.InRange(Requests.Count(request => request.Headers.ContainsKey("Metadata")), 1, 2);
        Assert.Contains("Azure's side", Caller.Warnings.First(), StringComparison.Ordinal);
    }

    [Fact]
    public void Renewals_are_spread_over_a_part_of_the_life_and_never_after_the_margin()
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        DateTimeOffset end = now.AddHours(1);
        DateTimeOffset[] times = [.. Enumerable.Range(0, 1000).Select(_ => AccessTokens.RefreshOn(now, end, wish: null))];
        Assert.All(times, time => Assert.InRange(time, end.AddMinutes(-5 - 9), end.AddMinutes(-5)));
        Assert.True(times.Max() - times.Min() > TimeSpan.FromMinutes(7));
        Assert.All(
            Enumerable.Range(0, 100).Select(_ => AccessTokens.RefreshOn(now, now.AddHours(24), now.AddHours(12))),
            time => Assert.InRange(time, now.AddHours(8), now.AddHours(12)));
    }

    private async Task<AccessToken> NearItsEndAsync(CredentialOptions options)
    {
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Host = "login.microsoftonline.com" }, TokenLifetimeSeconds = 8, Times = 1 });
        AccessToken held = await GetAsync(options);
        await Task.Delay(held.RefreshOn - DateTimeOffset.UtcNow + TimeSpan.FromMilliseconds(20), Stop);
        return held;
    }
}
