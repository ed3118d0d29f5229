using MonitorToken.Engine.Caching;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Caching;

/// <summary>What happens to a token that is due: it is renewed, or what is still good is kept.</summary>
public sealed class RenewalTests : EngineTest
{
    private static readonly TokenRequest Forced = For("LogAnalytics") with { ForceRefresh = true };

    private static readonly TokenRequest WithClaims =
        For("LogAnalytics") with { Claims = """{"access_token":{}}""" };

    private static readonly TokenRequest Long =
        For("LogAnalytics") with { MinimumLifetime = TimeSpan.FromHours(1) };

    public RenewalTests(EmulatorFixture fixture)
        : base(fixture)
    {
        foreach (OidcIssuer issuer in new[]
        {
            Emulator.Issuers.GitHub, Emulator.Issuers.AzurePipelines, Emulator.Issuers.Kubernetes,
        })
            App.AddFederatedCredential(issuer.Url, issuer.Subject);
    }

    // ---- a renewal that fails for the moment

    [Theory]
    [InlineData("GitHubActions", "/github", 503)]
    [InlineData("GitHubActions", "/github", 429)]
    [InlineData("AzurePipelines", "/contoso", 503)]
    [InlineData("AzurePipelines", "/contoso", 500)]
    public async Task Whoever_vouches_and_cannot_for_a_moment_costs_no_token(string name, string path, int status)
    {
        UseFakeClock();
        await KeptAsync(Workload(name), new Fault { Match = new FaultMatch { Path = path }, Status = status });
        Assert.DoesNotContain("permission", Caller.Warnings.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AADSTS90033", 429, false)]
    [InlineData("AADSTS90033", 503, false)]
    [InlineData("AADSTS90033", 400, false)]
    [InlineData("AADSTS90033", 400, true)]
    [InlineData("AADSTS90055", 429, false)]
    [InlineData("AADSTS50196", 400, false)]
    [InlineData("AADSTS50196", 400, true)]
    public async Task Entra_s_own_passing_errors_cost_no_token_whatever_their_status(string code, int status, bool v1)
    {
        UseFakeClock();
        await KeptAsync(
            ClientSecret() with { UseV1Endpoint = v1 },
            new Fault { Error = EntraError.FromCode(code) with { Status = status } });
    }

    [Fact]
    public async Task A_script_that_throws_costs_no_token()
    {
        bool throws = false;
        CredentialOptions options = Workload("FederatedToken") with
        {
            FederatedTokenScript = _ => throws
                ? throw new InvalidOperationException("The vault does not answer.")
                : Emulator.Issuers.Kubernetes.Issue(),
        };
        AccessToken held = await DueTokenAsync(options);
        throws = true;

        Assert.Equal(held.GetPlainText(), (await GetAsync(options)).GetPlainText());
        Assert.Contains("couldn't be renewed", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
        throws = false;
        Assert.NotEqual(held.GetPlainText(), (await GetAsync(options, Forced)).GetPlainText());
    }

    [Fact]
    public async Task A_refused_renewal_in_the_last_minutes_gives_the_valid_token_with_one_warning_and_is_not_repeated()
    {
        AccessToken held = await DueTokenAsync(ClientSecret());
        Emulator.Requests.Clear();
        Emulator.Faults.Add(new Fault { Error = "AADSTS7000222" });
        for (int i = 0; i < 50; i++)
            Assert.Equal(held.GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());

        Assert.Contains("AADSTS7000222", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
        Assert.Single(Requests);
        // Who wants another one, or one that lives longer, is told the truth.
        Assert.Equal("AADSTS7000222", (await FailAsync(ClientSecret(), Forced)).ErrorCode);
        Assert.Equal("AADSTS7000222", (await FailAsync(ClientSecret(), Long)).ErrorCode);
    }

    [Fact]
    public async Task A_refused_renewal_in_the_background_is_told_once_and_is_not_repeated()
    {
        App.RefreshIn = TimeSpan.FromSeconds(1);
        AccessToken held = await GetAsync(ClientSecret());
        await Eventually.DueAsync(held);
        Emulator.Requests.Clear();
        Emulator.Faults.Add(new Fault { Error = "AADSTS7000222" });
        await Eventually.TrueAsync(
            () =>
            {
                Assert.Equal(held.GetPlainText(), GetAsync(ClientSecret()).GetAwaiter().GetResult().GetPlainText());
                return !Caller.Warnings.IsEmpty;
            },
            "a caller hears of it");
        for (int i = 0; i < 200; i++)
            Assert.Equal(held.GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());

        Assert.Contains("AADSTS7000222", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
        Assert.Single(Requests);
    }

    // ---- behind the caller's back

    [Fact]
    public async Task While_it_is_good_for_minutes_nobody_waits_for_a_renewal()
    {
        App.RefreshIn = TimeSpan.FromSeconds(1);
        AccessToken old = await GetAsync(ClientSecret());
        await Eventually.DueAsync(old);
        Emulator.Requests.Clear();
        Emulator.Faults.Add(new Fault { DelayMs = 2000, Times = 1 });

        AccessToken[] meanwhile = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => GetAsync(ClientSecret()), Stop)));

        Assert.All(meanwhile, token => Assert.Equal(old.GetPlainText(), token.GetPlainText()));
        // It is under way, and not answered yet.
        await Eventually.TrueAsync(() => Requests.Count == 1, "a renewal was begun");
        Assert.Null(Assert.Single(Requests).StatusCode);
        App.RefreshIn = null;
        await Eventually.TrueAsync(() => Requests[0].StatusCode == 200, "the renewal was answered");
        await Eventually.TrueAsync(
            () => GetAsync(ClientSecret()).GetAwaiter().GetResult().GetPlainText() != old.GetPlainText(),
            "callers get the new one");
        Assert.Single(Requests);
        Assert.Empty(Caller.Warnings);
    }

    [Fact]
    public async Task A_renewal_behind_the_caller_s_back_that_fails_is_told_once_and_not_hammered()
    {
        App.RefreshIn = TimeSpan.FromSeconds(1);
        AccessToken old = await GetAsync(ClientSecret());
        await Eventually.DueAsync(old);
        Emulator.Requests.Clear();
        Emulator.Faults.Add(new Fault
        {
            Status = 503,
            Headers = new Dictionary<string, string> { ["Retry-After"] = "3600" },
        });

        await Eventually.TrueAsync(Told, "a caller hears of it");
        for (int i = 0; i < 20; i++)
            Assert.Equal(old.GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());

        Assert.Contains("couldn't be renewed", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
        Assert.Single(Requests);

        bool Told()
        {
            Assert.Equal(old.GetPlainText(), GetAsync(ClientSecret()).GetAwaiter().GetResult().GetPlainText());
            return !Caller.Warnings.IsEmpty;
        }
    }

    [Fact]
    public async Task A_script_is_never_run_behind_the_caller_s_back_but_by_one_caller_while_the_others_go_on()
    {
        int runs = 0;
        using var held = new SemaphoreSlim(1);
        CredentialOptions options = Workload("FederatedToken") with
        {
            FederatedTokenScript = stop =>
            {
                Interlocked.Increment(ref runs);
                held.Wait(stop);
                held.Release();
                return Emulator.Issuers.Kubernetes.Issue();
            },
        };
        App.RefreshIn = TimeSpan.FromSeconds(1);
        AccessToken old = await GetAsync(options);
        await Eventually.DueAsync(old);
        await held.WaitAsync(Stop);

        Task<AccessToken> one = GetAsync(options);
        await Eventually.TrueAsync(() => runs == 2, "the first caller runs it");
        AccessToken other = await GetAsync(options);
        Assert.Equal(old.GetPlainText(), other.GetPlainText());
        Assert.False(one.IsCompleted);
        held.Release();
        Assert.NotEqual(old.GetPlainText(), (await one).GetPlainText());
        Assert.Equal(2, runs);
    }

    // ---- when it is due

    [Theory]
    [InlineData(3599, null, 3299)]
    [InlineData(86399, null, 43199)]
    [InlineData(86399, 43199, 43199)]
    [InlineData(86399, 600, 600)]
    [InlineData(120, null, 60)]
    [InlineData(3599, 7200, 3299)]
    public void Renewals_are_spread_over_a_part_of_the_life(int life, int? wish, int latest)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        double[] due =
        [
            .. Enumerable.Range(0, 2000).Select(_ =>
                (RefreshSchedule.RefreshOn(
                    now, now.AddSeconds(life), wish is { } s ? now.AddSeconds(s) : null, Jitter.Next()) - now)
                    .TotalSeconds),
        ];
        double window = Math.Min(0.15 * life, latest / 2.0);
        Assert.All(due, seconds => Assert.InRange(seconds, latest - window - 1, latest + 1));
        // By chance, and not by a step: each quarter of the window has its share.
        int[] quarters = new int[4];
        foreach (double seconds in due)
            quarters[Math.Clamp((int)((latest - seconds) / window * 4), 0, 3)]++;
        Assert.All(quarters, count => Assert.InRange(count, 300, 700));
    }

    [Fact]
    public async Task Tokens_that_came_together_are_not_due_together()
    {
        var due = new HashSet<long>();
        foreach (string name in new[]
        {
            "LogAnalytics", "ResourceManager", "CustomMetrics", "MetricsBatch", "Prometheus",
        })
        {
            AccessToken token = await GetAsync(ClientSecret(), For(name));
            due.Add((long)(token.ExpiresOn - token.RefreshOn).TotalSeconds);
            Assert.InRange(token.ExpiresOn - token.RefreshOn, TimeSpan.FromSeconds(290), TimeSpan.FromSeconds(850));
        }

        Assert.InRange(due.Count, 3, 5);
    }

    // ---- claims

    [Fact]
    public async Task What_was_got_with_claims_replaces_what_the_service_has_rejected()
    {
        AccessToken rejected = await GetAsync(ClientSecret());
        AccessToken accepted = await GetAsync(ClientSecret(), WithClaims);
        Assert.NotEqual(rejected.GetPlainText(), accepted.GetPlainText());
        Assert.Equal(accepted.GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task A_request_without_claims_that_was_begun_earlier_does_not_bring_the_rejected_one_back()
    {
        Emulator.Faults.Add(new Fault { DelayMs = 700, Times = 1 });
        Task<AccessToken> earlier = GetAsync(ClientSecret());
        await Eventually.TrueAsync(() => Requests.Count == 1, "the earlier request is under way");
        AccessToken accepted = await GetAsync(ClientSecret(), WithClaims);
        await earlier;
        Assert.Equal(accepted.GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());
    }

    // ---- tools and hosts with memories of their own

    [Fact]
    public async Task A_forced_refresh_says_so_where_az_gives_the_token_it_had()
    {
        StandIn az = Az();
        string kept = Emulator.IssueUserToken(LogAnalytics);
        DateTimeOffset expiresOn = DateTimeOffset.UtcNow.AddMinutes(50);
        az.Prints(StandIn.AzureCliAnswer(kept, expiresOn));
        await GetAsync(Options("AzureCli"));
        Assert.Empty(Caller.Warnings);
        // The same token, though az reckons its end anew each time.
        az.Prints(StandIn.AzureCliAnswer(kept, expiresOn.AddSeconds(-2)));
        await GetAsync(Options("AzureCli"), Forced);
        string warning = Assert.Single(Caller.Warnings);
        Assert.Contains("returned a cached one", warning, StringComparison.Ordinal);
        Assert.Contains("Azure CLI caches tokens", warning, StringComparison.Ordinal);

        // A new one, for once.
        az.Prints(StandIn.AzureCliAnswer(
            Emulator.IssueUserToken(LogAnalytics, lifetime: TimeSpan.FromMinutes(80)),
            expiresOn.AddSeconds(-2)));
        await GetAsync(Options("AzureCli"), Forced);
        Assert.Single(Caller.Warnings);
    }

    [Fact]
    public async Task A_lifetime_that_az_cannot_give_does_not_start_az_each_time_and_is_blamed_on_az()
    {
        StandIn az = Az();
        az.Prints(StandIn.AzureCliAnswer(Emulator.IssueUserToken(LogAnalytics), DateTimeOffset.UtcNow.AddMinutes(50)));
        TokenRequest request = For("LogAnalytics") with { MinimumLifetime = TimeSpan.FromHours(2) };
        for (int i = 0; i < 5; i++)
            await GetAsync(Options("AzureCli"), request);

        Assert.Equal(1, az.Starts);
        Assert.NotEmpty(Caller.Warnings);
        Assert.All(Caller.Warnings, warning =>
        {
            Assert.Contains("Azure CLI", warning, StringComparison.Ordinal);
            Assert.DoesNotContain("anaged identity", warning, StringComparison.Ordinal);
        });

        // Whoever wants even more is not given it either; less is a new question, and asked once.
        await GetAsync(Options("AzureCli"), request with { MinimumLifetime = TimeSpan.FromHours(3) });
        Assert.Equal(1, az.Starts);
        for (int i = 0; i < 3; i++)
            await GetAsync(Options("AzureCli"), request with { MinimumLifetime = TimeSpan.FromHours(1) });
        Assert.Equal(2, az.Starts);
    }

    [Fact]
    public async Task A_lifetime_that_the_metadata_service_cannot_give_is_asked_for_once_and_blamed_on_Azure()
    {
        ProcessMemory.Clear();
        TokenRequest request = For("LogAnalytics") with { MinimumLifetime = TimeSpan.FromHours(30) };
        for (int i = 0; i < 5; i++)
            await GetAsync(Options("ManagedIdentity"), request);

        Assert.Equal(1, Requests.Count(one => one.Headers.ContainsKey("Metadata")));
        Assert.All(
            Caller.Warnings,
            warning => Assert.Contains("Azure caches managed identity tokens", warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_lifetime_that_an_application_does_not_get_is_Entra_s_decision()
    {
        await GetAsync(ClientSecret(), For("LogAnalytics") with { MinimumLifetime = TimeSpan.FromHours(2) });
        Assert.Contains("Entra determines", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_longer_lifetime_is_not_answered_from_the_library_s_memory_of_a_person()
    {
        App app = Emulator.Directory.AddApp();
        app.TokenLifetime = TimeSpan.FromMinutes(30);
        CredentialOptions options = Person(app);
        await GetAsync(options);
        app.TokenLifetime = TimeSpan.FromHours(3);

        AccessToken longer = await GetAsync(options, Long);

        Assert.InRange(longer.ExpiresIn, TimeSpan.FromHours(2), TimeSpan.FromHours(3));
        Assert.Single(Caller.Shown);
        Assert.Empty(Caller.Warnings);
    }

    [Fact]
    public async Task A_longer_lifetime_is_not_answered_from_the_library_s_memory_of_a_managed_identity()
    {
        ManagedIdentity identity = Emulator.Directory.AddUserIdentity();
        identity.TokenLifetime = TimeSpan.FromMinutes(30);
        CredentialOptions options = Options("ManagedIdentity") with { ClientId = identity.ClientId.ToString() };
        await GetAsync(options);
        identity.TokenLifetime = TimeSpan.FromHours(24);
        Emulator.ImdsTokens.Clear();

        AccessToken longer = await GetAsync(options, Long);

        Assert.InRange(longer.ExpiresIn, TimeSpan.FromHours(23), TimeSpan.FromHours(24));
        Assert.Empty(Caller.Warnings);
    }

    // ---- what is shared

    /// <summary>Gets a token, lets it become due, and shows that the next caller gets it once more.</summary>
    private async Task KeptAsync(CredentialOptions options, Fault fault)
    {
        AccessToken held = await DueTokenAsync(options);
        Emulator.Faults.Add(fault);
        int before = Requests.Count;

        AccessToken token = await GetAsync(options);

        Assert.True(Requests.Count > before, "A renewal was tried.");
        Assert.Equal(held.GetPlainText(), token.GetPlainText());
        Assert.Contains("couldn't be renewed", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
    }

    /// <summary>One that is due and good for less than the minutes in which it would be renewed in silence.</summary>
    private async Task<AccessToken> DueTokenAsync(CredentialOptions options)
    {
        App.TokenLifetime = TimeSpan.FromSeconds(options.UseV1Endpoint ? 6 : 60);
        App.RefreshIn = TimeSpan.FromSeconds(1);
        AccessToken token = await GetAsync(options);
        await Eventually.DueAsync(token);
        return token;
    }

    private StandIn Az()
    {
        var az = new StandIn("az");
        Set("PATH", az.Folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        Set("AZURE_CONFIG_DIR", az.Folder);
        return az;
    }

    private CredentialOptions Workload(string name)
    {
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.Environment["EMULATOR_GITHUB_URL"]);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Emulator.Environment["EMULATOR_GITHUB_TOKEN"]);
        Set("SYSTEM_OIDCREQUESTURI", Emulator.Environment["EMULATOR_PIPELINES_URL"]);
        Set("SYSTEM_ACCESSTOKEN", Emulator.Environment["EMULATOR_PIPELINES_TOKEN"]);
        return Options(name) with
        {
            TenantId = Emulator.Directory.Tenant.Id.ToString(),
            ClientId = App.ClientId,
            ServiceConnectionId = Emulator.Environment["EMULATOR_SERVICE_CONNECTION_ID"],
        };
    }
}
