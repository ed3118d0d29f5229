using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Caching;

/// <summary>
/// No call sleeps for longer than it may last, and no failure of a moment ago is the answer for a minute.
/// </summary>
public sealed class WaitingTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private static readonly Dictionary<string, string> AnHour = new() { ["Retry-After"] = "3600" };

    public static TheoryData<string> Ways { get; } = ["v2", "v1", "ManagedIdentity"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_service_that_asks_for_an_hour_is_told_at_once_and_heeded_but_for_a_forced_refresh(string way)
    {
        CredentialOptions options = By(way);
        Emulator.Faults.Add(new Fault { Match = Tokens(way), Status = 429, Headers = AnHour });
        TokenException error = await FailAsync(options, Few);
        Assert.Equal(TokenError.Throttled, error.Error);
        Assert.InRange((error.RetryAfter!.Value - DateTimeOffset.UtcNow).TotalMinutes, 58, 61);
        int asked = Asked(way);

        Assert.Equal(TokenError.Throttled, (await FailAsync(options, Few)).Error);
        Assert.Equal(asked, Asked(way));

        Emulator.Faults.Clear();
        Assert.NotEmpty((await GetAsync(options, Few with { ForceRefresh = true })).GetPlainText());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task After_a_final_500_the_very_next_call_reaches_the_server(string way)
    {
        UseFakeClock();
        CredentialOptions options = By(way);
        Emulator.Faults.Add(new Fault { Match = Tokens(way), Status = 500 });
        TokenException error = await FailAsync(options);
        Assert.Equal(TokenError.AuthorityUnreachable, error.Error);
        Assert.Contains("before it sends", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.RetryAfter);

        Emulator.Faults.Clear();
        Assert.NotEmpty((await GetAsync(options)).GetPlainText());
    }

    [Fact]
    public async Task A_503_with_a_wait_that_nobody_has_is_Throttled_too_and_a_short_one_is_waited_out()
    {
        Emulator.Faults.Add(new Fault { Status = 503, Headers = AnHour, Times = 1 });
        Assert.Equal(TokenError.Throttled, (await FailAsync(ClientSecret())).Error);
        Assert.Single(Requests);

        Emulator.Faults.Add(
            new Fault { Status = 429, Headers = new Dictionary<string, string> { ["Retry-After"] = "1" }, Times = 1 });
        Assert.NotEmpty((await GetAsync(ClientSecret(App.AddSecret()))).GetPlainText());
        Assert.Equal(3, Requests.Count);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-5")]
    [InlineData("")]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT")]
    public async Task A_wait_that_makes_no_sense_is_none(string retryAfter)
    {
        UseFakeClock();
        Emulator.Faults.Add(new Fault
        {
            Status = 503,
            Headers = new Dictionary<string, string> { ["Retry-After"] = retryAfter },
            Times = 1,
        });
        Assert.NotEmpty((await GetAsync(ClientSecret())).GetPlainText());
    }

    private static TokenRequest Few => For("LogAnalytics") with { Timeout = TimeSpan.FromSeconds(20) };

    private static FaultMatch Tokens(string way) =>
        way == "ManagedIdentity" ? new FaultMatch { Path = "^/metadata/identity/oauth2/token" } : new FaultMatch();

    private CredentialOptions By(string way) => way switch
    {
        "v1" => ClientSecret() with { UseV1Endpoint = true },
        "v2" => ClientSecret(),
        _ => Options(way) with { ClientId = Emulator.Directory.AddUserIdentity().ClientId.ToString() },
    };

    /// <summary>The look whether a metadata service is there has no header, and asks for no token.</summary>
    private int Asked(string way) =>
        Requests.Count(request => way != "ManagedIdentity" || request.Headers.ContainsKey("Metadata"));
}
