using System.Globalization;
using MonitorToken.Engine.Caching;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Http;

/// <summary>
/// How long a call waits where the service asks for it, and what the next one does. None of these measures time: who
/// slept for as long as the service asks would run into the call's own limit and say so.
/// </summary>
public sealed class RetryAfterTests : EngineTest
{
    private static readonly TokenRequest Forced = For("LogAnalytics") with { ForceRefresh = true };

    public RetryAfterTests(EmulatorFixture fixture)
        : base(fixture) =>
        ProcessMemory.Clear();

    public static TheoryData<string, int> Ways => new MatrixTheoryData<string, int>(
        ["v1", "v2", "ManagedIdentity", "AppService", "GitHubActions"], [429, 503]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_hour_that_the_service_asks_for_is_the_answer(string way, int status)
    {
        CredentialOptions options = Way(way);
        Spoil(way, status, "3600");
        DateTimeOffset before = DateTimeOffset.UtcNow;

        TokenException error = await FailAsync(options);

        Assert.Equal(TokenError.Throttled, error.Error);
        Assert.InRange(error.RetryAfter!.Value, before.AddSeconds(3590), DateTimeOffset.UtcNow.AddSeconds(3610));
        Assert.Equal(TimeSpan.Zero, error.RetryAfter.Value.Offset);
        Assert.Contains($"{error.RetryAfter:u}", error.Message, StringComparison.Ordinal);
        // A managed identity's host is looked for first.
        Assert.Equal(way == "ManagedIdentity" ? 2 : 1, Requests.Count);

        // Until then nothing is sent, and the next call is told the same.
        Emulator.Requests.Clear();
        Emulator.Faults.Clear();
        TokenException again = await FailAsync(options);
        Assert.Equal((TokenError.Throttled, error.RetryAfter), (again.Error, again.RetryAfter));
        Assert.Empty(Requests);

        // Unless somebody insists; and then it is over for all.
        await GetAsync(options, Forced);
        Assert.NotEmpty(Requests);
        Emulator.Requests.Clear();
        await GetAsync(options);
        Assert.Empty(Requests);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    [InlineData("ManagedIdentity")]
    public async Task A_second_that_the_service_asks_for_is_waited_out(string way)
    {
        CredentialOptions options = Way(way);
        // The look for the metadata service is answered with this too, which is no reason to wait there.
        Spoil(way, 429, "1", times: way == "ManagedIdentity" ? 2 : 1);
        Assert.NotEmpty((await GetAsync(options)).GetPlainText());

        RecordedRequest[] sent = [.. Requests];
        Assert.Equal(way == "ManagedIdentity" ? 3 : 2, sent.Length);
        Assert.True(sent[^1].Time - sent[^2].Time > TimeSpan.FromSeconds(0.9), "It was asked again too early.");
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-5")]
    [InlineData("0")]
    [InlineData("")]
    [InlineData("1e9")]
    [InlineData("NaN")]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT")]
    [InlineData("Sat, 99 Foo 2099 99:99:99 GMT")]
    public async Task What_makes_no_sense_is_taken_for_nothing(string retryAfter)
    {
        UseFakeClock();
        Spoil("v2", 429, retryAfter);
        TokenException error = await FailAsync(ClientSecret());
        Assert.Equal(TokenError.Throttled, error.Error);
        // Our own pause, which is short.
        Assert.InRange(
            error.RetryAfter!.Value, DateTimeOffset.UtcNow.AddSeconds(-30), DateTimeOffset.UtcNow.AddSeconds(5));
        Assert.Equal(3, Requests.Count);
    }

    [Theory]
    [InlineData("99999999999999")]
    [InlineData("99999999999999999999999999")]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT")]
    public async Task What_lies_beyond_all_reason_is_a_year_at_most(string retryAfter)
    {
        Spoil("v2", 503, retryAfter);
        TokenException error = await FailAsync(ClientSecret());
        Assert.Equal(TokenError.Throttled, error.Error);
        Assert.InRange(
            error.RetryAfter!.Value, DateTimeOffset.UtcNow.AddDays(360), DateTimeOffset.UtcNow.AddDays(367));
        Assert.Single(Requests);
    }

    [Fact]
    public async Task A_date_is_understood()
    {
        var until = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds());
        Spoil("v2", 503, until.ToString("r", CultureInfo.InvariantCulture));
        TokenException error = await FailAsync(ClientSecret());
        Assert.Equal((TokenError.Throttled, until), (error.Error, error.RetryAfter));
        Assert.Single(Requests);
    }

    [Theory]
    [InlineData("retry-after-ms")]
    [InlineData("x-ms-retry-after-ms")]
    public async Task The_same_in_milliseconds_is_heeded_by_nobody_for_an_hour(string header)
    {
        Emulator.Faults.Add(new Fault
        {
            Status = 503,
            Headers = new Dictionary<string, string> { [header] = "3600000" },
        });
        TokenException error =
            await FailAsync(ClientSecret(), For("LogAnalytics") with { Timeout = TimeSpan.FromSeconds(20) });
        Assert.Equal(TokenError.Throttled, error.Error);
        Assert.InRange(
            error.RetryAfter!.Value, DateTimeOffset.UtcNow.AddSeconds(3500), DateTimeOffset.UtcNow.AddSeconds(3600));
        Assert.Single(Requests);
    }

    [Fact]
    public async Task Who_has_time_waits_for_those_who_have_none_as_long_as_they_have()
    {
        Spoil("v2", 429, "4", times: 1);
        Task<AccessToken> patient = GetAsync(ClientSecret());
        await Eventually.TrueAsync(() => Requests.Count == 1, "a request was sent");
        TokenException hurried =
            await FailAsync(ClientSecret(), For("LogAnalytics") with { Timeout = TimeSpan.FromMilliseconds(800) });

        Assert.Equal(TokenError.Throttled, hurried.Error);
        Assert.InRange(hurried.RetryAfter!.Value, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddSeconds(4));
        Assert.NotEmpty((await patient).GetPlainText());
        Assert.Equal(2, Requests.Count);
    }

    // ---- after a failure of a moment

    [Fact]
    public async Task The_pause_before_the_next_call_grows_is_named_and_ends_with_success()
    {
        // For the waits within a call; those between calls are the cache's, by the true clock.
        UseFakeClock();
        Spoil("v2", 500, null);
        foreach (string pause in new[] { "1", "2", "4" })
        {
            TokenException told = await FailAsync(ClientSecret());
            Assert.Contains($"may wait up to {pause} s before it sends", told.Message, StringComparison.Ordinal);
        }

        RecordedRequest[] sent = [.. Requests];
        Assert.Equal(9, sent.Length);
        Assert.True(sent[6].Time - sent[5].Time > TimeSpan.FromSeconds(0.9), "It was asked again too early.");

        Emulator.Faults.Clear();
        await GetAsync(ClientSecret(), Forced);
        Spoil("v2", 500, null);
        TokenException error = await FailAsync(ClientSecret(), Forced);
        Assert.Contains("may wait up to 1 s before it sends", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_no_time_for_the_pause_is_told_the_earlier_failure_and_when_it_ends()
    {
        // For the waits within a call; those between calls are the cache's, by the true clock.
        UseFakeClock();
        Spoil("v2", 500, null);
        await FailAsync(ClientSecret());
        TokenException last = await FailAsync(ClientSecret());
        Emulator.Requests.Clear();
        TokenException hurried =
            await FailAsync(ClientSecret(), For("LogAnalytics") with { Timeout = TimeSpan.FromMilliseconds(200) });
        Assert.Equal((last.Error, last.RetryAfter), (hurried.Error, hurried.RetryAfter));
        Assert.Empty(Requests);
    }

    [Fact]
    public async Task Nor_is_it_called_throttling_for_those_who_join_one_that_waits()
    {
        UseFakeClock();
        Emulator.Faults.Add(new Fault { Drop = true });
        const int Failures = 3;
        for (int i = 0; i < Failures; i++)
            await FailAsync(ClientSecret());
        int waits = Waits();
        Task<TokenException> patient = FailAsync(ClientSecret());
        await Eventually.TrueAsync(() => Waits() > waits, "the call waits");

        TokenException hurried =
            await FailAsync(ClientSecret(), For("LogAnalytics") with { Timeout = TimeSpan.FromMilliseconds(100) });

        Assert.Equal(TokenError.AuthorityUnreachable, hurried.Error);
        await patient;

        int Waits() =>
            Caller.Verboses.Count(line => line.StartsWith("No request is sent until", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_costs_no_pause()
    {
        Emulator.Faults.Add(new Fault { Error = "AADSTS7000222", Times = 1 });
        Assert.Null((await FailAsync(ClientSecret())).RetryAfter);
        await GetAsync(ClientSecret());
        Assert.DoesNotContain(Caller.Verboses, line => line.Contains("No request is sent", StringComparison.Ordinal));
    }

    // ---- what the library remembers by itself

    [Theory]
    [InlineData(429, null)]
    [InlineData(503, null)]
    [InlineData(400, "3600")]
    [InlineData(401, "3600")]
    public async Task The_library_s_memory_of_failures_never_answers(int status, string? retryAfter)
    {
        UseFakeClock();
        foreach (CredentialOptions options in new[] { ClientSecret(), OnBehalfOf(), await PersonAsync() })
        {
            Emulator.Faults.Add(new Fault
            {
                Match = new FaultMatch { Path = "^/[^/]+/oauth2/v2.0/token" },
                Error = (status >= 429 ? "AADSTS90033" : EntraError.FromCode("AADSTS7000222")) with { Status = status },
                Headers = Wait(retryAfter),
            });
            await FailAsync(options, Forced);
            int before = Requests.Count;
            await FailAsync(options, Forced);
            Assert.True(Requests.Count > before, $"{options.Name}: nothing was sent.");

            Emulator.Faults.Clear();
            Assert.NotEmpty((await GetAsync(options, Forced)).GetPlainText());
        }
    }

    [Fact]
    public async Task Nor_its_memory_of_a_person_who_must_do_something()
    {
        CredentialOptions options = await PersonAsync();
        foreach (string code in new[] { "AADSTS50076", "AADSTS70043" })
        {
            Emulator.Faults.Add(new Fault
            {
                Match = new FaultMatch { Path = "^/[^/]+/oauth2/v2.0/token" },
                Error = code,
                Times = 1,
            });
            // A person is asked, and enters the code.
            int shown = Caller.Shown.Count;
            Assert.NotEmpty((await GetAsync(options, Forced)).GetPlainText());
            Assert.Equal(shown + 1, Caller.Shown.Count);
            // And is not asked again, for anything.
            Assert.NotEmpty((await GetAsync(options, Forced)).GetPlainText());
            Assert.NotEmpty((await GetAsync(options, Forced)).GetPlainText());
            Assert.Equal(shown + 1, Caller.Shown.Count);
        }
    }

    // ---- what is shared

    private CredentialOptions Way(string way)
    {
        switch (way)
        {
            case "v1":
            case "v2":
                return ClientSecret() with { UseV1Endpoint = way == "v1" };
            case "AppService":
                Set("IDENTITY_ENDPOINT", Emulator.Environment["EMULATOR_MSI_ENDPOINT"]);
                Set("IDENTITY_HEADER", Emulator.Environment["EMULATOR_MSI_SECRET"]);
                return Options("ManagedIdentity");
            case "GitHubActions":
                Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.Environment["EMULATOR_GITHUB_URL"]);
                Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Emulator.Environment["EMULATOR_GITHUB_TOKEN"]);
                App.AddFederatedCredential(Emulator.Issuers.GitHub.Url, Emulator.Issuers.GitHub.Subject);
                return Options(way) with
                {
                    TenantId = Emulator.Directory.Tenant.Id.ToString(),
                    ClientId = App.ClientId,
                };
            default:
                return Options(way);
        }
    }

    private void Spoil(string way, int status, string? retryAfter, int? times = null) =>
        Emulator.Faults.Add(At(way, new Fault { Status = status, Headers = Wait(retryAfter), Times = times }));

    private static Dictionary<string, string>? Wait(string? retryAfter) =>
        retryAfter is null ? null : new Dictionary<string, string> { ["Retry-After"] = retryAfter };

    private CredentialOptions OnBehalfOf() => ClientSecret() with
    {
        Name = "OnBehalfOf",
        UserAssertion = Engine.Secret.Of(Emulator.IssueUserToken(App.ClientId)),
    };

    /// <summary>A person who has signed in.</summary>
    private async Task<CredentialOptions> PersonAsync()
    {
        CredentialOptions options = Person();
        await GetAsync(options);
        return options;
    }
}
