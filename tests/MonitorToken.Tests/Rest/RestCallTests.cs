using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Rest;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Rest;

/// <summary>What a call sends and how long it waits; none of these measures time.</summary>
public sealed class RestCallTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private const string Query = "https://api.loganalytics.io/v1/workspaces/9e6f4a1c-5f2b-4f0e-8d0a-3c1b7a9d2e55/query";

    private const string Ingestion =
        "https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/dcr-1/streams/Custom-A"
            + "?api-version=2023-01-01";

    private IEnumerable<RecordedRequest> Calls =>
        Requests.Where(request => !request.Path.Contains("/oauth2/", StringComparison.Ordinal)
            && !request.Path.Contains("/discovery/", StringComparison.Ordinal));

    [Fact]
    public async Task A_second_call_sends_its_request_and_nothing_else()
    {
        Credential credential = CredentialCatalog.Create(ClientSecret());
        await CallAsync(Query, credential);
        Emulator.Requests.Clear();

        Assert.Single(await CallAsync(Query, credential));
        Assert.Single(Requests);
    }

    [Fact]
    public async Task A_service_that_is_busy_is_waited_for_as_it_asks()
    {
        FakeClock clock = UseFakeClock();
        Spoil(429, "30");

        Assert.Single(await CallAsync(Query));
        Assert.Contains(clock.Delays, seconds => seconds is > 28 and < 31);
        Assert.NotEmpty(Caller.Deadlines);
        Assert.Equal(2, Calls.Count());
    }

    [Fact]
    public async Task Without_a_time_it_is_asked_again_with_exponential_back_off()
    {
        FakeClock clock = UseFakeClock();
        Spoil(503, retryAfter: null, times: 4);

        RequestException error = await Assert.ThrowsAsync<RequestException>(() => CallAsync(Query));
        Assert.Equal((TokenError.RequestFailed, 503), (error.Error, error.StatusCode));
        Assert.Equal(4, Calls.Count());
        double[] delays = [.. clock.Delays.TakeLast(3)];
        Assert.InRange(delays[0], 0.3, 0.5);
        Assert.InRange(delays[1], 0.6, 1);
        Assert.InRange(delays[2], 1.2, 2);
    }

    [Fact]
    public async Task A_failure_that_took_most_of_the_time_is_the_last()
    {
        FakeClock clock = UseFakeClock();
        Credential credential = CredentialCatalog.Create(ClientSecret());
        await CallAsync(Query, credential);
        Emulator.Requests.Clear();
        Emulator.Faults.Add(new Fault
        {
            Match = new FaultMatch { Path = "/v1/workspaces" },
            Status = 504,
            Times = 1,
            DelayMs = 300,
        });

        Task<List<object?>> call = CallAsync(Query, credential);
        await Eventually.TrueAsync(() => Calls.Any(), "the request has arrived");
        clock.Advance(TimeSpan.FromMinutes(3));
        RequestException error = await Assert.ThrowsAsync<RequestException>(() => call);
        Assert.Equal((TokenError.RequestFailed, 504), (error.Error, error.StatusCode));
        Assert.Single(Calls);
    }

    [Fact]
    public async Task The_callers_own_interval_takes_its_place()
    {
        FakeClock clock = UseFakeClock();
        Spoil(503, retryAfter: null, times: 2);

        await CallAsync(Query, change: request => request with { RetryInterval = TimeSpan.FromSeconds(7) });
        Assert.Equal([7, 7], clock.Delays.TakeLast(2));
    }

    [Theory]
    [InlineData(Query, "POST", 2)]
    [InlineData(Ingestion, "POST", 1)]
    [InlineData("https://management.azure.com/subscriptions?api-version=2022-12-01", "PATCH", 1)]
    [InlineData("https://management.azure.com/subscriptions?api-version=2022-12-01", "PUT", 2)]
    [InlineData("https://management.azure.com/subscriptions?api-version=2022-12-01", "GET", 2)]
    [InlineData(
        "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01", "POST", 2)]
    public async Task What_may_not_come_twice_is_not_sent_twice(string uri, string method, int times)
    {
        UseFakeClock();
        Emulator.Faults.Add(new Fault
        {
            Match = new FaultMatch { Path = "^/(v1|dataCollectionRules|subscriptions|providers)" },
            Status = 504,
            Times = 1,
        });
        try
        {
            await CallAsync(uri, change: request => request with { Method = method });
        }
        catch (RequestException)
        {
            // The endpoint may take another method.
        }

        Assert.Equal(times, Calls.Count());
    }

    [Fact]
    public async Task A_page_that_is_its_own_next_one_is_not_requested_again()
    {
        var request = new RestRequest(
            new Uri("https://management.azure.com/subscriptions/x/resources?api-version=1"),
            "GET", null, [], 3, null, TimeSpan.FromMinutes(1), FollowPages: true);
        Assert.True(request.OnlyReads);
        Emulator.Faults.Add(new Fault
        {
            Match = new FaultMatch { Path = "/subscriptions/x/resources" },
            Body = $$"""{"value":[1],"nextLink":"{{request.Uri}}"}""",
            ContentType = "application/json",
        });

        RequestException error = await Assert.ThrowsAsync<RequestException>(
            () => CallAsync(request.Uri.AbsoluteUri, change: _ => request));
        Assert.Contains("already sent", error.Message, StringComparison.Ordinal);
        Assert.Single(Calls);
    }

    private void Spoil(int status, string? retryAfter, int times = 1) => Emulator.Faults.Add(new Fault
    {
        Match = new FaultMatch { Path = "/v1/workspaces" },
        Status = status,
        Times = times,
        Headers = retryAfter is null ? null : new Dictionary<string, string> { ["Retry-After"] = retryAfter },
    });

    private async Task<List<object?>> CallAsync(
        string uri, Credential? credential = null, Func<RestRequest, RestRequest>? change = null)
    {
        var address = new Uri(uri);
        var request = new RestRequest(
            address,
            "POST",
            RestBody.OfText("""{"query":"Heartbeat"}""", null),
            [],
            MaxRetries: 3,
            RetryInterval: null,
            TimeSpan.FromMinutes(5));
        request = change?.Invoke(request) ?? request;
        if (request.Method == "GET")
            request = request with { Body = null };
        using var call = new RestCall(
            request,
            credential ?? CredentialCatalog.Create(ClientSecret()),
            TokenRequest.ForEndpoint(address),
            new Objects());
        var all = new List<object?>();
        while (await call.ReadAsync(Caller, Stop) is { } some)
            all.AddRange(some);
        return all;
    }

    private sealed class Objects : IObjectFactory
    {
        public object Create(List<string> names, List<object?> values, int start) => names.Count - start;
    }
}
