using MonitorToken.Engine.Credentials;
using MonitorToken.Engine;
using MonitorToken.Engine.ManagedIdentity;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Caching;

/// <summary>What callers who want the same token at the same time do to each other: nothing.</summary>
public sealed class SharedRequestTests : EngineTest
{
    public SharedRequestTests(EmulatorFixture fixture)
        : base(fixture) =>
        App.AddFederatedCredential(Emulator.Issuers.Kubernetes.Url, Emulator.Issuers.Kubernetes.Subject);

    [Fact]
    public async Task When_the_first_of_two_leaves_a_chain_the_second_gets_the_token_and_the_tool_runs_once()
    {
        var az = new StandIn("az");
        az.Does("while [ ! -e \"$HERE/go\" ]; do sleep 0.05; done; echo 'ERROR: Please run az login' >&2; exit 1");
        Set("PATH", az.Folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        Set("AZURE_CONFIG_DIR", az.Folder);
        CredentialOptions chain = Options("Default") with { Include = ["AzureCli", "AzurePowerShell"] };
        string answer = Emulator.IssueUserToken(LogAnalytics);
        int asked = 0;
        Caller.AzAccounts = (_, _) =>
        {
            asked++;
            return new SessionToken(Secret.Of(answer), DateTimeOffset.UtcNow.AddHours(1));
        };
        var first = new LeavingCaller();
        using var leaves = CancellationTokenSource.CreateLinkedTokenSource(Stop);

        Task<AccessToken> one = CredentialCatalog.Create(chain).GetTokenAsync(For("LogAnalytics"), first, leaves.Token);
        await Eventually.TrueAsync(() => az.Starts == 1, "az was started");
        Task<AccessToken> two = GetAsync(chain);
        await leaves.CancelAsync();
        first.Leave();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        az.Write("go", "");

        Assert.Equal((answer, "AzurePowerShell"), ((await two).GetPlainText(), (await two).CredentialName));
        Assert.Equal((1, 1, 0), (az.Starts, asked, first.Asked));
    }

    [Fact]
    public async Task When_the_one_whose_session_runs_a_script_leaves_another_s_session_runs_it_once()
    {
        int runs = 0;
        CredentialOptions options = Federated(_ =>
        {
            Interlocked.Increment(ref runs);
            return Emulator.Issuers.Kubernetes.Issue();
        });
        var first = new LeavingCaller();
        using var leaves = CancellationTokenSource.CreateLinkedTokenSource(Stop);

        Task<AccessToken> one =
            CredentialCatalog.Create(options).GetTokenAsync(For("LogAnalytics"), first, leaves.Token);
        await Eventually.TrueAsync(() => first.Asked == 1, "the first one's session was asked");
        Task<AccessToken> two = GetAsync(options);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        first.Leave();

        Assert.Equal(App.ClientId, (await two).Identity);
        Assert.Equal((1, 1), (runs, first.Asked));
        Assert.Single(Requests);
    }

    [Fact]
    public async Task One_who_is_gone_without_having_said_so_is_asked_only_once()
    {
        var gone = new LeavingCaller();
        gone.Leave();

        Task<AccessToken> call = CredentialCatalog.Create(Federated(_ => "never run"))
            .GetTokenAsync(For("LogAnalytics"), gone, Stop);
        await Eventually.TrueAsync(() => call.IsCompleted || gone.Asked > 100, "it has ended, or asks for ever");

        Assert.True(call.IsCompleted, $"It was asked {gone.Asked} times.");
        Assert.NotNull(await Record.ExceptionAsync(() => call));
        Assert.Equal(1, gone.Asked);
        Assert.Empty(Requests);
    }

    [Fact]
    public async Task A_forced_request_that_fails_takes_nothing_from_one_who_has_joined_it_with_a_token_in_hand()
    {
        App.TokenLifetime = TimeSpan.FromSeconds(60);
        App.RefreshIn = TimeSpan.FromSeconds(1);
        AccessToken held = await GetAsync(ClientSecret());
        await Eventually.DueAsync(held);
        Emulator.Requests.Clear();
        Emulator.Faults.Add(new Fault { Status = 503, DelayMs = 500 });

        Task<TokenException> forced = FailAsync(ClientSecret(), For("LogAnalytics") with { ForceRefresh = true });
        await Eventually.TrueAsync(() => Requests.Count == 1, "the forced request is under way");
        Task<AccessToken> normal = GetAsync(ClientSecret());

        Assert.Equal(TokenError.AuthorityUnreachable, (await forced).Error);
        Assert.Equal(held.GetPlainText(), (await normal).GetPlainText());
        Assert.Contains("couldn't be renewed", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
        // One request and its two repetitions: the second caller has joined.
        Assert.Equal(3, Requests.Count);
    }

    [Fact]
    public async Task A_forced_request_does_not_join_one_that_is_not()
    {
        Emulator.Faults.Add(new Fault { DelayMs = 500, Times = 1 });
        Task<AccessToken> normal = GetAsync(ClientSecret());
        await Eventually.TrueAsync(() => Requests.Count == 1, "the first request is under way");
        AccessToken forced = await GetAsync(ClientSecret(), For("LogAnalytics") with { ForceRefresh = true });

        Assert.NotEqual(forced.GetPlainText(), (await normal).GetPlainText());
        // What was asked for later is what stays.
        Assert.Equal(forced.GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task A_managed_identity_is_not_given_up_with_the_haste_of_a_chain_beside_it()
    {
        Engine.Caching.ProcessMemory.Clear();
        Set("PATH", "");
        // The chain's look at the metadata service is never answered, everybody else's is.
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = "/metadata" }, Hang = true, Times = 1 });

        Task<AccessToken> chain =
            GetAsync(Options("Default") with { Include = ["ManagedIdentity", "AzureDeveloperCli"] });
        await Eventually.TrueAsync(() => Requests.Count == 1, "the chain is looking for the metadata service");
        AccessToken token = await GetAsync(Options("ManagedIdentity"));

        Assert.Equal("ManagedIdentity", token.CredentialName);
        // By the time it gives up, the chain may have found the other one's token in memory.
        _ = await Record.ExceptionAsync(() => chain);
    }

    [Theory]
    [InlineData("DeviceCode")]
    [InlineData("Interactive")]
    [InlineData("FederatedToken")]
    public async Task Nothing_is_shown_opened_or_run_while_a_silent_managed_identity_may_still_answer(string name)
    {
        var browser = new StandIn("xdg-open");
        browser.Does("exit 0");
        Set("PATH", browser.Folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        int runs = 0;
        CredentialOptions second = Federated(_ =>
        {
            Interlocked.Increment(ref runs);
            return Emulator.Issuers.Kubernetes.Issue();
        }) with
        { Name = name };
        App.IsPublicClient = true;
        AzureVmDetector.Override = true;
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = "/metadata" }, DelayMs = 700, Times = 1 });
        Credential[] chain =
            [CredentialCatalog.Create(Options("ManagedIdentity")), CredentialCatalog.Create(second)];

        AccessToken token = await GetAsync(
            Options("Chain") with { Chain = chain }, For("LogAnalytics") with { ForceRefresh = true });

        Assert.Equal("ManagedIdentity", token.CredentialName);
        Assert.Equal((0, 0), (runs, browser.Starts));
        Assert.Empty(Caller.Shown);
        Assert.All(Requests, request => Assert.StartsWith("/metadata", request.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Such_a_member_gets_its_turn_when_the_one_before_has_failed()
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        int runs = 0;
        Credential[] chain =
        [
            CredentialCatalog.Create(Options("ManagedIdentity")),
            CredentialCatalog.Create(Federated(_ =>
            {
                Interlocked.Increment(ref runs);
                return Emulator.Issuers.Kubernetes.Issue();
            })),
        ];
        Assert.Equal("FederatedToken", (await GetAsync(Options("Chain") with { Chain = chain })).CredentialName);
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_deadline_holds_while_a_script_of_the_session_runs_and_does_not_listen()
    {
        using var over = new ManualResetEventSlim();
        CredentialOptions options = Federated(_ =>
        {
            over.Wait(TimeSpan.FromMinutes(1), CancellationToken.None);
            return "too late";
        });
        try
        {
            TokenRequest impatient = For("LogAnalytics") with { Timeout = TimeSpan.FromMilliseconds(300) };
            TokenException error = await FailAsync(options, impatient);
            Assert.Equal((TokenError.Timeout, "FederatedToken"), (error.Error, error.CredentialName));

            TokenException chain = await FailAsync(
                Options("Chain") with { Chain = [CredentialCatalog.Create(options)] }, impatient);
            Assert.Equal(TokenError.Timeout, chain.Error);
        }
        finally
        {
            over.Set();
        }

        Assert.Empty(Requests);
    }

    [Fact]
    public async Task A_deadline_holds_while_the_session_s_Az_Accounts_hangs()
    {
        var busy = new LeavingCaller();
        TokenException error = await Assert.ThrowsAsync<TokenException>(() =>
            CredentialCatalog.Create(Options("AzurePowerShell")).GetTokenAsync(
                For("LogAnalytics") with { Timeout = TimeSpan.FromMilliseconds(300) }, busy, Stop));
        Assert.Equal((TokenError.Timeout, "AzurePowerShell"), (error.Error, error.CredentialName));
        Assert.Equal(1, busy.Asked);
        busy.Leave();
    }

    private CredentialOptions Federated(Func<CancellationToken, string> script) => Options("FederatedToken") with
    {
        TenantId = Emulator.Directory.Tenant.Id.ToString(),
        ClientId = App.ClientId,
        FederatedTokenScript = script,
    };
}
