using System.Text;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.ManagedIdentity;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Imds;

/// <summary>Whether there is a metadata service is found out once, as patiently as the machine calls for.</summary>
public sealed class ImdsProbeTests : EngineTest
{
    private const string Address = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private const string Tag = "7783-7084-3265-9085-8269-3286-77";

    public ImdsProbeTests(EmulatorFixture fixture)
        : base(fixture) =>
        ProcessMemory.Clear();

    [Fact]
    public async Task Its_silence_is_remembered_so_that_a_second_resource_sends_nothing()
    {
        Silence();
        Assert.Contains("didn't respond within 1.0 s", await ReasonAsync("LogAnalytics"), StringComparison.Ordinal);
        Assert.Contains("This is the cached result of", await ReasonAsync("ResourceManager"), StringComparison.Ordinal);
        Assert.Contains("This is the cached result of", await ReasonAsync("LogAnalytics"), StringComparison.Ordinal);
        Assert.Single(Requests);

        // Somebody insists, or everything is forgotten.
        string anew = await ReasonAsync("LogAnalytics", force: true);
        Assert.Contains("didn't respond within", anew, StringComparison.Ordinal);
        Assert.Equal(2, Requests.Count);
        ProcessMemory.Clear();
        Assert.Contains("didn't respond within", await ReasonAsync("LogAnalytics"), StringComparison.Ordinal);
        Assert.Equal(3, Requests.Count);
    }

    [Fact]
    public async Task The_silence_that_a_chain_has_met_in_its_haste_proves_nothing_to_who_has_nobody_else()
    {
        Silence();
        Set("PATH", "");
        CredentialOptions chain = Options("Default") with { Include = ["ManagedIdentity", "AzureDeveloperCli"] };
        Assert.Contains("within 0.5 s", (await FailAsync(chain)).Message, StringComparison.Ordinal);
        Assert.Contains("within 1.0 s", await ReasonAsync("LogAnalytics"), StringComparison.Ordinal);
        Assert.Equal(2, Requests.Count);
        // The other way round it does.
        Assert.Contains("This is the cached result of", (await FailAsync(chain)).Message, StringComparison.Ordinal);
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task On_a_machine_of_Azure_s_it_is_waited_for_and_asked_anew_each_time()
    {
        AzureVmDetector.Override = true;
        Silence();
        Assert.Contains("within 3.0 s", await ReasonAsync("LogAnalytics"), StringComparison.Ordinal);
        Assert.Contains("within 3.0 s", await ReasonAsync("ResourceManager"), StringComparison.Ordinal);
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task The_hint_never_decides()
    {
        // A machine that does not look like Azure's, and has the service: nested, or of a partner's.
        AzureVmDetector.Override = false;
        Assert.Equal("ManagedIdentity", (await GetAsync(Options("ManagedIdentity"))).CredentialName);
    }

    [Fact]
    public async Task That_it_has_answered_is_remembered_too()
    {
        foreach (string name in new[] { "LogAnalytics", "ResourceManager", "CustomMetrics" })
            await GetAsync(Options("ManagedIdentity"), For(name));
        Assert.Equal(1, Looks);
        Assert.Equal(4, Requests.Count);

        await GetAsync(Options("ManagedIdentity"), For("LogAnalytics") with { ForceRefresh = true });
        Assert.Equal(2, Looks);
    }

    [Fact]
    public async Task Each_address_is_looked_for_by_itself()
    {
        Silence();
        await ReasonAsync("LogAnalytics");
        Set(Address, Emulator.Environment[Address]);
        Assert.Equal("ManagedIdentity", (await GetAsync(Options("ManagedIdentity"))).CredentialName);
    }

    /// <summary>
    /// For tests that are about something else: a busy machine may be late with its first answer. In a chain, it makes
    /// a probe wait for 6 seconds.
    /// </summary>
    private static TokenRequest Patient(string resource = "LogAnalytics") =>
        For(resource) with { Timeout = TimeSpan.FromMinutes(1) };

    // ---- one that is being updated

    [Fact]
    public async Task One_404_does_not_make_the_chain_sign_in_as_somebody_else()
    {
        FakeClock clock = UseFakeClock();
        Spoil(new Fault { Status = 404, Times = 1 });
        Assert.Equal("ManagedIdentity", (await GetAsync(Options("Default"), Patient())).CredentialName);
        Assert.Equal([0.8], clock.Delays);
        Assert.Equal(2, Looks);
    }

    [Fact]
    public async Task Who_says_404_all_the_time_is_another_cloud_and_is_not_waited_for_twice()
    {
        FakeClock clock = UseFakeClock();
        Spoil(new Fault { Status = 404 });
        CredentialOptions chain = Options("Default") with { Include = ["ManagedIdentity", "VisualStudio"] };
        string told = (await FailAsync(chain, Patient())).Message;
        Assert.Contains("(HTTP 404) isn't from Azure's metadata service", told, Ordinal);
        Assert.Equal([0.8, 1.6, 2.6], clock.Delays);
        Assert.Equal(4, Looks);

        told = (await FailAsync(chain, Patient("ResourceManager"))).Message;
        Assert.Contains("This is the cached result of", told, Ordinal);
        Assert.Equal(3, clock.Delays.Length);
    }

    [Fact]
    public async Task On_a_machine_of_Azure_s_404_is_the_service_and_ends_the_chain()
    {
        UseFakeClock();
        AzureVmDetector.Override = true;
        Spoil(new Fault { Status = 404 });
        TokenException error = await FailAsync(Options("Default"));
        Assert.Equal(("ManagedIdentity", TokenError.AuthorityUnreachable), (error.CredentialName, error.Error));
        Assert.Equal((1, 6), (Looks, Requests.Count - Looks));
    }

    [Fact]
    public async Task A_service_that_has_come_to_life_is_found_although_its_absence_is_remembered()
    {
        UseFakeClock();
        Spoil(new Fault { Status = 404, Times = 4 });
        TokenRequest request = For("LogAnalytics") with { Timeout = TimeSpan.FromSeconds(7) };
        Assert.Contains("HTTP 404", (await FailAsync(Options("ManagedIdentity"), request)).Message, Ordinal);
        // Each call that is answered from memory looks again in the background.
        await Eventually.TrueAsync(
            async () => await Record.ExceptionAsync(() => GetAsync(Options("ManagedIdentity"))) is null,
            "the service is known");
        Assert.Equal(5, Looks);
    }

    [Theory]
    [InlineData(404, "0.8 1.6 3.2")]
    [InlineData(410, "3 6 12")]
    public async Task A_token_request_waits_until_the_service_is_updated(int status, string delays)
    {
        FakeClock clock = UseFakeClock();
        await GetAsync(Options("ManagedIdentity"));
        Spoil(new Fault { Status = status, Times = 3 });
        await GetAsync(Options("ManagedIdentity"), For("ResourceManager"));
        Assert.Equal(delays, string.Join(" ", clock.Delays));
    }

    [Fact]
    public async Task An_update_that_takes_longer_than_70_seconds_is_told_and_nobody_else_answers()
    {
        FakeClock clock = UseFakeClock();
        Spoil(new Fault { Status = 410 });
        TokenException error = await FailAsync(Options("ManagedIdentity"));
        Assert.Equal(TokenError.AuthorityUnreachable, error.Error);
        Assert.Contains("HTTP 410", error.Message, Ordinal);
        Assert.InRange(clock.Delays.Sum(), 70, 100);

        ProcessMemory.Clear();
        error = await FailAsync(Options("Default"), Patient());
        Assert.Equal(("ManagedIdentity", TokenError.AuthorityUnreachable), (error.CredentialName, error.Error));
    }

    [Fact]
    public async Task Who_has_little_time_is_told_of_the_update_and_not_of_the_time()
    {
        FakeClock clock = UseFakeClock();
        Spoil(new Fault { Status = 410 });
        TokenException error = await FailAsync(
            Options("ManagedIdentity"), For("LogAnalytics") with { Timeout = TimeSpan.FromSeconds(3) });
        Assert.Equal(TokenError.AuthorityUnreachable, error.Error);
        Assert.Empty(clock.Delays);
    }

    // ---- somebody else

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_proxy_s_page_is_passed_over_whatever_its_status(int status)
    {
        Spoil(new Fault { Status = status, Body = "<html><title>Access denied</title></html>" });
        TokenException error = await FailAsync(Options("ManagedIdentity"), Patient());
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains("a web page", error.Message, Ordinal);
        Assert.Single(Requests);

        error = await FailAsync(Options("Default") with { Include = ["ManagedIdentity", "VisualStudio"] }, Patient());
        Assert.Contains("2. VisualStudio", error.Message, Ordinal);
        Assert.Equal(Requests.Count, Looks);
    }

    [Fact]
    public async Task What_the_service_itself_sends_is_its_own_be_it_a_page()
    {
        Spoil(new Fault
        {
            Status = 503,
            Body = "<html><title>Service Unavailable</title></html>",
            Headers = new Dictionary<string, string> { ["Server"] = "IMDS/150.870.65.1497" },
            Times = 1,
        });
        Assert.Equal("ManagedIdentity", (await GetAsync(Options("Default"), Patient())).CredentialName);
    }

    [Fact]
    public async Task A_service_that_does_not_insist_on_the_header_is_there()
    {
        // As AAD Pod Identity, before 1.8.4.
        Spoil(new Fault { Body = """{"token_type":"Bearer","access_token":"opaque","expires_in":"1"}""", Times = 1 });
        AccessToken token = await GetAsync(Options("ManagedIdentity"));
        // What the look was answered with is no token that anybody has asked for.
        Assert.NotEqual("opaque", token.GetPlainText());
    }

    // ---- how patient

    [Theory]
    // Untagged machines: alone, in a chain; and with a timeout of the caller's own.
    [InlineData(false, false, null, 1)]
    [InlineData(false, true, null, 0.5)]
    [InlineData(false, false, 10, 9.5)]
    [InlineData(false, false, 300, 30)]
    [InlineData(false, true, 60, 6)]
    [InlineData(false, true, 600, 30)]
    [InlineData(false, true, 3, 0.5)]
    [InlineData(false, false, 1, 0.5)]
    // Azure's.
    [InlineData(true, false, null, 3)]
    [InlineData(true, true, null, 3)]
    [InlineData(true, true, 60, 6)]
    [InlineData(true, true, 20, 3)]
    [InlineData(true, false, 2, 1.5)]
    public void The_caller_s_own_timeout_counts(bool isAzure, bool isChain, int? timeout, double expected)
    {
        AzureVmDetector.Override = isAzure;
        TokenRequest request = For("LogAnalytics") with
        {
            HasAlternatives = isChain,
            Timeout = timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        Assert.Equal(TimeSpan.FromSeconds(expected), ImdsProbe.TimeoutFor(request));
        // The time that a chain gives each member is not the caller's.
        TokenRequest member = request with
        {
            Timeout = TimeSpan.FromMinutes(2),
            CallerTimeout = request.CallerTimeout,
        };
        Assert.Equal(TimeSpan.FromSeconds(expected), ImdsProbe.TimeoutFor(member));
    }

    [Fact]
    public async Task A_slow_service_is_waited_for_by_who_has_said_to_wait()
    {
        Spoil(new Fault { DelayMs = 2000, Times = 2 });
        TokenRequest patient = Patient();
        Assert.Equal("ManagedIdentity", (await GetAsync(Options("ManagedIdentity"), patient)).CredentialName);
        ProcessMemory.Clear();
        Spoil(new Fault { DelayMs = 2000, Times = 1 });
        Assert.Equal("ManagedIdentity", (await GetAsync(Options("Default"), patient)).CredentialName);
    }

    [Fact]
    public async Task One_slow_answer_does_not_keep_the_chain_from_the_managed_identity()
    {
        Set("PATH", "");
        CredentialOptions chain = Options("Default") with { Include = ["ManagedIdentity", "AzureDeveloperCli"] };
        Spoil(new Fault { DelayMs = 2000, Times = 1 });
        TokenException error = await FailAsync(chain);
        Assert.Contains("didn't respond within 0.5 s", error.Message, Ordinal);

        // It is known as soon as the answer has come, and nobody has asked again.
        await Eventually.TrueAsync(
            async () => await Record.ExceptionAsync(() => GetAsync(chain)) is null, "the late answer has counted");
        Assert.Equal(1, Looks);
    }

    [Fact]
    public async Task What_is_remembered_is_forgotten_after_some_minutes()
    {
        FakeClock clock = UseFakeClock();
        Silence();
        await ReasonAsync("LogAnalytics");
        clock.Advance(TimeSpan.FromMinutes(4.9));
        Assert.Contains("This is the cached result of", await ReasonAsync("LogAnalytics"), Ordinal);
        clock.Advance(TimeSpan.FromMinutes(0.2));
        Assert.Contains("didn't respond within 1.0 s", await ReasonAsync("LogAnalytics"), Ordinal);
        Assert.Equal(2, Requests.Count);

        Set(Address, Emulator.Environment[Address]);
        await GetAsync(Options("ManagedIdentity"), For("LogAnalytics"));
        clock.Advance(TimeSpan.FromMinutes(4.9));
        await GetAsync(Options("ManagedIdentity"), For("ResourceManager"));
        Assert.Equal(1, Looks - 2);
        clock.Advance(TimeSpan.FromMinutes(0.2));
        await GetAsync(Options("ManagedIdentity"), For("CustomMetrics"));
        Assert.Equal(2, Looks - 2);
    }

    // ---- where

    [Fact]
    public async Task A_variable_that_changes_is_followed_by_all_that_ask()
    {
        string here = Emulator.Environment[Address]!;
        string there = here.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        Assert.NotEqual(here, there);
        foreach (string address in new[] { here, there, here })
        {
            Set(Address, address);
            Emulator.Requests.Clear();
            await GetAsync(Options("ManagedIdentity"), For("LogAnalytics") with { ForceRefresh = true });
            // On a busy machine the probe may be sent twice.
            Assert.Equal(1, Requests.Count - Looks);
            Assert.InRange(Looks, 1, 2);
            Assert.All(Requests, request => Assert.Equal(new Uri(address).Host, request.Host));
        }
    }

    [Theory]
    [InlineData("over there")]
    [InlineData("/metadata")]
    [InlineData("localhost:1")]
    [InlineData("ftp://127.0.0.1")]
    public async Task A_variable_that_holds_no_address_is_named(string address)
    {
        Set(Address, address);
        Assert.Contains($"{Address} is set to '{address}'", await ReasonAsync("LogAnalytics"), Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("Default string", false)]
    [InlineData("7783-7084-3265-9085-8269-3286-7", false)]
    [InlineData(Tag, true)]
    [InlineData(Tag + "\n", true)]
    [InlineData("\0\u0001Microsoft Corporation\0" + Tag + "\0\0Virtual Machine\0\u007f", true)]
    public void The_tag_is_found_among_what_the_firmware_says(string description, bool isThere) =>
        Assert.Equal(isThere, AzureVmDetector.HasTag(Encoding.Latin1.GetBytes(description)));

    [Fact]
    public void A_machine_without_such_a_file_is_not_Azure_s() =>
        Assert.Empty(AzureVmDetector.ReadFile(Path.Combine(Path.GetTempPath(), "no", "such", "file")));

    /// <summary>A look has no header, so that no token can be the answer.</summary>
    private int Looks => Requests.Count(request => !request.Headers.ContainsKey("Metadata"));

    private void Spoil(Fault fault) =>
        Emulator.Faults.Add(fault with { Match = new FaultMatch { Path = "/metadata" } });

    private void Silence()
    {
        // Probes that an earlier test has left in the background may still be on their way.
        Thread.Sleep(300);
        Emulator.Requests.Clear();
        Set(Address, Emulator.Environment["EMULATOR_SILENT"]);
    }

    private async Task<string> ReasonAsync(string resource, bool force = false)
    {
        TokenException error =
            await FailAsync(Options("ManagedIdentity"), For(resource) with { ForceRefresh = force });
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        return error.Message;
    }
}
