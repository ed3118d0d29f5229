using System.Diagnostics;
using System.Net;
using System.Text;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator;

/// <summary>What the emulator can be told to do other than well, by its class and by its admin API.</summary>
public sealed class FaultTests(EmulatorFixture fixture) : RecordTest(fixture), IDisposable
{
    [Fact]
    public async Task A_body_has_the_size_the_type_and_the_headers_that_were_asked_for()
    {
        Emulator.Faults.Add(new Fault
        {
            Status = 429,
            Body = "ab",
            BodySize = 100_001,
            ContentType = "text/html",
            Headers = new Dictionary<string, string> { ["Retry-After"] = "7" },
            Times = 1,
        });
        Answer answer = await AppTokenAsync();
        Assert.Equal(429, (int)answer.Status);
        Assert.Equal(100_001, answer.RawText.Length);
        Assert.EndsWith("aba", answer.RawText, StringComparison.Ordinal);
        Assert.Equal(("text/html", "7"), (answer.Header("Content-Type"), answer.Header("Retry-After")));
        Assert.Equal(HttpStatusCode.OK, (await AppTokenAsync()).Status);
    }

    [Fact]
    public async Task A_body_may_be_any_bytes()
    {
        Emulator.Faults
            .Add(new Fault { BodyBytes = [0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}'], ContentType = "application/json" });
        using var http = new HttpClient(Emulator.CreateHandler());
        using HttpResponseMessage response = await http.GetAsync(new Uri("https://login.microsoftonline.com/x"), Stop);
        Assert.Equal([0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}'], await response.Content.ReadAsByteArrayAsync(Stop));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_is_cut(bool ownBody)
    {
        Emulator.Faults.Add(new Fault { CutAfter = 10, Body = ownBody ? new string('x', 100) : null, Times = 1 });
        (string text, bool whole) = await ReadAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((10, false), (text.Length, whole));
        Assert.Equal(HttpStatusCode.OK, (await AppTokenAsync()).Status);
    }

    [Fact]
    public async Task An_answer_stops_half_way()
    {
        Emulator.Faults.Add(new Fault { HangInBody = true, Times = 1 });
        (string text, bool whole) = await ReadAsync(TimeSpan.FromSeconds(1));
        Assert.False(whole);
        Assert.InRange(text.Length, 100, 1000);
    }

    [Fact]
    public async Task An_answer_drips()
    {
        Emulator.Faults.Add(new Fault { DripMs = 20, Body = "0123456789", Times = 1 });
        var watch = Stopwatch.StartNew();
        Assert.Equal("0123456789", (await AppTokenAsync()).RawText);
        Assert.True(watch.ElapsedMilliseconds >= 150, "It came at once.");
    }

    [Fact]
    public async Task An_error_of_Entra_s_can_be_cut_too()
    {
        Emulator.Faults.Add(new Fault
        {
            Error = "AADSTS90033",
            CutAfter = 9,
            Headers = new Dictionary<string, string> { ["Retry-After"] = "1" },
        });
        (string text, bool whole) = await ReadAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(("{\"error\":", false), (text, whole));
    }

    [Fact]
    public async Task The_admin_API_takes_every_member()
    {
        Fault fault = new()
        {
            Match = new() { Listener = Listener.Https, Host = "login.microsoftonline.com", Path = "/" },
            Times = 2,
            DelayMs = 1,
            Status = 503,
            Body = "0123456789",
            BodySize = 12,
            ContentType = "text/plain",
            Headers = new Dictionary<string, string> { ["Retry-After"] = "3" },
            DripMs = 1,
            CutAfter = 5,
        };
        await PostAdminAsync("faults", """
            {"match":{"listener":"https","host":"login.microsoftonline.com","path":"/"},"times":2,"delayMs":1,
             "status":503,"body":"0123456789","bodySize":12,"contentType":"text/plain",
             "headers":{"Retry-After":"3"},"dripMs":1,"cutAfter":5}
            """);
        await AssertSpoiltAsync();
        Emulator.Faults.Clear();
        Emulator.Faults.Add(fault);
        await AssertSpoiltAsync();

        await PostAdminAsync(
            "faults",
            """{"bodyBytes":"AAEC","hangInBody":true,"hang":false,"drop":false,"times":1}""");

        async Task AssertSpoiltAsync()
        {
            for (int i = 0; i < 2; i++)
                Assert.Equal(("01234", false), await ReadAsync(TimeSpan.FromSeconds(20)));
            Assert.Equal(HttpStatusCode.OK, (await AppTokenAsync()).Status);
        }
    }

    // ---- the proxy

    [Fact]
    public async Task Requests_tell_whether_they_came_by_the_proxy()
    {
        await AppTokenAsync();
        RecordedRequest tunnelled = Assert.Single(Requests);
        Assert.Equal((Listener.Https, true), (tunnelled.Listener, tunnelled.ThroughProxy));

        Emulator.Requests.Clear();
        await GetAsync($"{Emulator.HttpsAddress}common/discovery/keys");
        RecordedRequest direct = Assert.Single(Requests);
        Assert.Equal((Listener.Https, false), (direct.Listener, direct.ThroughProxy));
    }

    [Theory]
    [InlineData(403, "text/plain", "No.")]
    [InlineData(200, "text/html", "<html>Sign in to the guest network</html>")]
    [InlineData(407, "text/html", "<html>Who are you?</html>")]
    public async Task The_proxy_can_be_told_to_refuse(int status, string type, string body)
    {
        Emulator.Faults.Add(new Fault
        {
            Match = new() { Listener = Listener.Proxy },
            Status = status,
            Body = body,
            ContentType = type,
            Times = 1,
        });
        // A tunnel that is said to be there, and a page in it, is no TLS.
        await Assert.ThrowsAsync<HttpRequestException>(() => AppTokenAsync());
        RecordedRequest refused = Assert.Single(Requests);
        Assert.Equal(
            (Listener.Proxy, "CONNECT", "login.microsoftonline.com", status),
            (refused.Listener, refused.Method, refused.Host, refused.StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await AppTokenAsync()).Status);
    }

    [Fact]
    public async Task The_proxy_can_want_a_password()
    {
        await PostAdminAsync("proxy", """{"userName":"adele","password":"pä:ss"}""");
        Assert.Equal(HttpStatusCode.ProxyAuthenticationRequired, await AskAsync(null));
        Assert.Equal(
            HttpStatusCode.ProxyAuthenticationRequired,
            await AskAsync(new NetworkCredential("adele", "wrong")));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(new NetworkCredential("adele", "pä:ss")));

        async Task<HttpStatusCode> AskAsync(NetworkCredential? credential)
        {
            using var handler = (SocketsHttpHandler)Emulator.CreateHandler();
            handler.Proxy = new WebProxy(Emulator.ProxyAddress) { Credentials = credential };
            handler.DefaultProxyCredentials = null;
            using var http = new HttpClient(handler);
            try
            {
                using HttpResponseMessage response = await http.GetAsync(
                    new Uri("https://login.microsoftonline.com/common/discovery/keys"),
                    Stop);
                return response.StatusCode;
            }
            catch (HttpRequestException refused) when (refused.StatusCode is not null)
            {
                return refused.StatusCode.Value;
            }
        }
    }

    [Fact]
    public async Task Plain_requests_by_the_proxy_are_answered_if_they_are_for_the_emulator_and_recorded_in_any_case()
    {
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy(Emulator.ProxyAddress) };
        using var http = new HttpClient(handler);
        const string Query
            = "metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://management.azure.com";

        using var ours = new HttpRequestMessage(HttpMethod.Get, $"{Emulator.HttpAddress}{Query}")
        {
            Headers = { { "Metadata", "true" } },
        };
        using HttpResponseMessage token = await http.SendAsync(ours, Stop);
        Assert.Equal(HttpStatusCode.OK, token.StatusCode);
        RecordedRequest answered = Assert.Single(Requests);
        Assert.Equal((Listener.Http, true), (answered.Listener, answered.ThroughProxy));

        Emulator.Requests.Clear();
        using HttpResponseMessage refused = await http.GetAsync(new Uri($"http://169.254.169.253/{Query}"), Stop);
        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        RecordedRequest told = Assert.Single(Requests);
        Assert.Equal(
            (Listener.Proxy, "169.254.169.253", "/metadata/identity/oauth2/token"),
            (told.Listener, told.Host, told.Path));
        Assert.Equal("https://management.azure.com", told.Query["resource"]);
    }

    /// <summary>
    /// So clients find it that know it at its fixed address alone; and one that should not have gone through the proxy
    /// is told apart all the same.
    /// </summary>
    [Fact]
    public async Task The_proxy_leads_the_address_of_the_metadata_service_to_the_emulator_s()
    {
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy(Emulator.ProxyAddress) };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
                + "&resource=https://management.azure.com")
        {
            Headers = { { "Metadata", "true" } },
        };
        using HttpResponseMessage token = await http.SendAsync(request, Stop);
        Assert.Equal(HttpStatusCode.OK, token.StatusCode);
        RecordedRequest led = Assert.Single(Requests);
        Assert.Equal(
            (Listener.Http, "169.254.169.254", "/metadata/identity/oauth2/token", true),
            (led.Listener, led.Host, led.Path, led.ThroughProxy));

        // A fault of the proxy's own spoils it, and what is not the service's path or port is nobody's.
        Emulator.Faults.Add(new Fault
        {
            Match = new FaultMatch { Listener = Listener.Proxy, Host = "169.254.169.254" },
            Times = 1,
            Status = 403,
        });
        using HttpResponseMessage spoilt = await http.GetAsync(new Uri("http://169.254.169.254/metadata/x"), Stop);
        Assert.Equal(HttpStatusCode.Forbidden, spoilt.StatusCode);
        foreach (string address in new[] { "http://169.254.169.254/latest", "http://169.254.169.254:81/metadata/x" })
        {
            using HttpResponseMessage refused = await http.GetAsync(new Uri(address), Stop);
            Assert.Equal((HttpStatusCode.BadGateway, Listener.Proxy), (refused.StatusCode, Requests[^1].Listener));
        }
    }

    public new void Dispose()
    {
        Emulator.Proxy.Credential = null;
        base.Dispose();
    }

    private async Task PostAdminAsync(string path, string json)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync(
            new Uri($"{Emulator.Environment["EMULATOR_ADMIN"]}/{path}"),
            content,
            Stop);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Stop));
    }

    /// <summary>What of the body comes within a time, and whether that is all.</summary>
    private async Task<(string Text, bool Whole)> ReadAsync(TimeSpan limit)
    {
        using var http = new HttpClient(Emulator.CreateHandler());
        using HttpResponseMessage response = await http.GetAsync(
            new Uri(
                "https://login.microsoftonline.com/common/discovery/keys"),
                HttpCompletionOption.ResponseHeadersRead,
                Stop);
        await using Stream body = await response.Content.ReadAsStreamAsync(Stop);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        timeout.CancelAfter(limit);
        var text = new StringBuilder();
        byte[] buffer = new byte[1024];
        try
        {
            while (await body.ReadAsync(buffer, timeout.Token) is > 0 and int read)
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            return (text.ToString(), true);
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException)
        {
            return (text.ToString(), false);
        }
    }
}
