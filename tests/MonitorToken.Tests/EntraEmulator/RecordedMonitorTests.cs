using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator;

/// <summary>
/// What Azure Monitor's own endpoints take and answer: D is Microsoft's documentation, S the REST specification, L
/// bodies that people have posted, R the Prometheus server.
/// </summary>
public sealed class RecordedMonitorTests(EmulatorFixture fixture) : RecordTest(fixture)
{
    private const string Machine = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/";
    private const string Metrics = "https://westeurope.monitoring.azure.com" + Machine + "web-01/metrics";
    private const string Rule = "https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/";
    private const string Stream = Rule + "dcr-1/streams/Custom-Builds?api-version=2023-01-01";
    private const string Batch = "https://westeurope.metrics.monitor.azure.com/subscriptions/s/metrics:getBatch"
        + "?metricnamespace=Microsoft.Compute/virtualMachines&metricnames=Percentage%20CPU&api-version=2024-02-01";
    private const string Prometheus = "https://w-1.westeurope.prometheus.monitor.azure.com/api/v1/";

    private const string CustomMetrics = "https://monitoring.azure.com/";
    private const string LogsIngestion = "https://monitor.azure.com/";
    private const string MetricsBatch = "https://metrics.monitor.azure.com";
    private const string PrometheusQuery = "https://prometheus.monitor.azure.com";

    private const string Rows = """[{"Name":"build"}]""";
    private const string Machines = $$"""{"resourceids":["{{Machine}}web-01"]}""";

    [Theory]
    [InlineData("D: be sure to include the trailing slash", Metrics, CustomMetrics, HttpStatusCode.OK)]
    [InlineData("D, azure-sdk-for-net #17687", Metrics, "https://monitoring.azure.com", HttpStatusCode.Unauthorized)]
    [InlineData("azure-sdk: https://monitor.azure.com//.default", Stream, LogsIngestion, HttpStatusCode.NoContent)]
    [InlineData("D: token audience", Stream, "https://monitor.azure.com", HttpStatusCode.NoContent)]
    [InlineData("L azure-docs #103840", Stream, Arm, HttpStatusCode.Unauthorized)]
    [InlineData("S metricBatch.json", Batch, MetricsBatch, HttpStatusCode.OK)]
    [InlineData("azure-sdk-for-java: MetricsClientAudience", Batch, MetricsBatch + "/", HttpStatusCode.OK)]
    [InlineData("S, see MetricsBatchEndpoints", Batch, Arm, HttpStatusCode.Unauthorized)]
    [InlineData("a guess: as everywhere", Batch, LogsIngestion, HttpStatusCode.Unauthorized)]
    [InlineData("D: request a token", Prometheus + "query?query=up", PrometheusQuery, HttpStatusCode.OK)]
    [InlineData("a guess", Prometheus + "query?query=up", PrometheusQuery + "/", HttpStatusCode.Unauthorized)]
    [InlineData("a guess", Prometheus + "query_range?query=up", LogsIngestion, HttpStatusCode.Unauthorized)]
    public async Task The_audience_counts_with_its_slash(
        string source,
        string url,
        string audience,
        HttpStatusCode status)
    {
        Assert.NotEmpty(source);
        foreach (Answer given in new[] { await AppTokenAsync(audience + "/.default"), await AppTokenV1Async(audience) })
        {
            string token = given.Text("access_token");
            Assert.Equal([audience], new JsonWebToken(token).Audiences);
            Answer answer = await CallAsync(url, token);
            Assert.Equal(status, answer.Status);
            Assert.Equal(
                status == HttpStatusCode.Unauthorized ? "InvalidAudience" : null,
                answer.Header("x-ms-error-code"));
        }
    }

    [Theory]
    [InlineData(Metrics, CustomMetrics)]
    [InlineData(Stream, LogsIngestion)]
    [InlineData(Batch, MetricsBatch)]
    [InlineData(Prometheus + "query?query=up", PrometheusQuery)]
    public async Task A_token_that_is_past_forged_or_not_there_is_refused(string url, string audience)
    {
        Assert.Equal("InvalidToken", await RefusedAsync((await TokenForAsync(audience))[..^8] + "AAAAAAAA"));
        App.TokenLifetime = TimeSpan.FromSeconds(-60);
        Assert.Equal("ExpiredToken", await RefusedAsync(await TokenForAsync(audience)));
        Assert.Equal("MissingToken", await RefusedAsync(null));

        async Task<string?> RefusedAsync(string? token)
        {
            Answer answer = await CallAsync(url, token);
            Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (answer.Status, answer.Header("WWW-Authenticate")));
            return answer.Header("x-ms-error-code");
        }
    }

    [Theory] // D: the same API in the other clouds
    [InlineData("us", "https://login.microsoftonline.us")]
    [InlineData("cn", "https://login.chinacloudapi.cn")]
    public async Task Another_cloud_has_its_own_audience(string cloud, string authority)
    {
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(Stream, $"https://monitor.azure.{cloud}/"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Batch, $"https://metrics.monitor.azure.{cloud}"));
        Assert.Equal(
            HttpStatusCode.OK,
            await StatusAsync(Prometheus + "query?query=up", $"https://prometheus.monitor.azure.{cloud}"));

        async Task<HttpStatusCode> StatusAsync(string url, string audience)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{authority}/{Tenant.Id}/oauth2/token")
            {
                Content = new FormUrlEncodedContent(new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = App.ClientId,
                    ["client_secret"] = App.Secret,
                    ["resource"] = audience,
                }),
            };
            string token = (await SendAsync(request)).Text("access_token");
            Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(url, token)).Status);
            string there = url.Replace("azure.com", $"azure.{cloud}", StringComparison.Ordinal);
            return (await CallAsync(there, token)).Status;
        }
    }

    [Theory]
    [InlineData("D: the documented body", 0, 1, 1, true)]
    [InlineData("D: at most 20 minutes in the past", -21, 1, 1, false)]
    [InlineData("D: 5 minutes in the future", 6, 1, 1, false)]
    [InlineData("D: dimNames should match dimValues", 0, 2, 1, false)]
    [InlineData("D: dimensions are optional", 0, 0, 0, true)]
    [InlineData("L telegraf #7318", 0, 11, 11, false)]
    public async Task Custom_metrics_are_taken_within_their_limits(
        string source, int minutes, int names, int values, bool taken)
    {
        Assert.NotEmpty(source);
        Answer answer = await CallAsync(
            Metrics, await TokenForAsync(CustomMetrics), MetricJson(minutes, names, values));
        Assert.Equal(taken ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.Status);
        if (names == 11)
        {
            Assert.Equal(
                """{"error":{"code":"BadRequest","message":"'dimValues' and 'dimNames' lengths should be """
                    + """lesser than 10\r\n"}}""",
                answer.RawText);
        }
    }

    [Theory] // D: not against a subscription or resource group
    [InlineData("/subscriptions/s/metrics", "{}", HttpStatusCode.BadRequest)]
    [InlineData("/subscriptions/s/resourceGroups/g/metrics", "{}", HttpStatusCode.BadRequest)]
    [InlineData(Machine + "web-01", "{}", HttpStatusCode.NotFound)]
    [InlineData(Machine + "web-01/metrics", "{}", HttpStatusCode.BadRequest)]
    [InlineData(Machine + "web-01/metrics", """{"time":1,"data":[]}""", HttpStatusCode.BadRequest)]
    [InlineData(Machine + "web-01/metrics", "", HttpStatusCode.BadRequest)]
    public async Task Custom_metrics_are_for_a_resource(string path, string body, HttpStatusCode status) =>
        Assert.Equal(
            status,
            (await CallAsync(
                "https://westeurope.monitoring.azure.com" + path, await TokenForAsync(CustomMetrics), body)).Status);

    [Theory]
    [InlineData("D", Stream, Rows, HttpStatusCode.NoContent, null)]
    [InlineData(
        "L: posted with HTTP 404",
        Rule + "westeurope/streams/Custom-Builds?api-version=2023-01-01",
        Rows,
        HttpStatusCode.NotFound,
        """{"error":{"code":"NotFound","message":"Data collection rule with immutable Id 'westeurope' not found."}}""")]
    [InlineData("D", Rule + "dcr-1/streams/Builds?api-version=1", Rows, HttpStatusCode.BadRequest, null)]
    [InlineData("D", Rule + "dcr-1/streams/Custom-Builds", Rows, HttpStatusCode.BadRequest, null)]
    [InlineData("D: an array", Stream, """{"Name":"build"}""", HttpStatusCode.BadRequest, null)]
    [InlineData("D: of objects", Stream, "[1]", HttpStatusCode.BadRequest, null)]
    [InlineData("D", Stream, "[", HttpStatusCode.BadRequest, null)]
    public async Task Logs_are_taken_by_a_rule_and_its_stream(
        string source, string url, string body, HttpStatusCode status, string? text)
    {
        Assert.NotEmpty(source);
        Answer answer = await CallAsync(url, await TokenForAsync(LogsIngestion), body);
        Assert.Equal(status, answer.Status);
        if (text is not null)
            Assert.Equal(text, answer.RawText);
    }

    [Theory] // L AzADServicePrincipalInsights #30; D: 1 MB, both compressed and uncompressed
    [InlineData(false)]
    [InlineData(true)]
    public async Task Logs_of_more_than_a_megabyte_are_too_many(bool packed)
    {
        string token = await TokenForAsync(LogsIngestion);
        string body = $$"""[{"Text":"{{new string('x', 1048576 - 13)}}"}]""";
        Assert.Equal(HttpStatusCode.NoContent, (await CallAsync(Stream, token, body, packed)).Status);
        Assert.Equal(body, Requests[^1].Body);

        Answer answer = await CallAsync(Stream, token, body + " ", packed);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Equal(
            """{"error":{"code":"ContentLengthLimitExceeded","message":"Maximum allowed content length: """
                + """1048576 bytes (1 MB). Provided content length: 1048577 bytes."}}""",
            answer.RawText);
    }

    [Fact]
    public async Task Logs_that_are_not_packed_as_they_say_are_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Stream)
        {
            Content = new StringContent("no gzip"),
            Headers = { Authorization = new("Bearer", await TokenForAsync(LogsIngestion)) },
        };
        request.Content.Headers.ContentEncoding.Add("gzip");
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(request)).Status);
        Assert.Equal("no gzip", Requests[^1].Body);
    }

    [Fact] // S metricBatch.json, D migrate-to-batch-api
    public async Task The_metrics_of_many_resources_come_one_by_one()
    {
        string token = await TokenForAsync(MetricsBatch);
        Answer answer = await CallAsync(
            Batch + "&aggregation=average,maximum", token, MachinesJson("s", 50));
        JsonArray values = answer.Body["values"]!.AsArray();
        Assert.Equal(50, values.Count);
        Assert.Equal(
            "starttime:s endtime:s interval:s namespace:s resourceregion:s resourceid:s value:a",
            Shape(values[0]!.AsObject()));
        Assert.Equal(
            ("westeurope", Machine + "web-49"),
            (values[49]!["resourceregion"]!.GetValue<string>(), values[49]!["resourceid"]!.GetValue<string>()));
        JsonObject metric = values[0]!["value"]!.AsArray().Single()!.AsObject();
        Assert.Equal("id:s type:s name:o unit:s timeseries:a errorCode:s", Shape(metric));
        Assert.Equal("timeStamp:s average:n maximum:n", Shape(metric["timeseries"]![0]!["data"]![0]!.AsObject()));
        Assert.NotEqual(Average(0), Average(1));

        int Average(int index) =>
            values[index]!["value"]![0]!["timeseries"]![0]!["data"]![0]!["average"]!.GetValue<int>();
    }

    [Theory] // D: up to 50 unique resource IDs, all of the same subscription
    [InlineData("s", 51)]
    [InlineData("s", 0)]
    [InlineData("other", 1)]
    public async Task A_batch_is_of_one_to_fifty_resources_of_its_subscription(string subscription, int count) =>
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await CallAsync(Batch, await TokenForAsync(MetricsBatch), MachinesJson(subscription, count))).Status);

    [Theory] // S: required
    [InlineData("metricnamespace=")]
    [InlineData("metricnames=")]
    [InlineData("api-version=")]
    public async Task A_batch_needs_its_parameters(string parameter) =>
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await CallAsync(
                Batch.Replace(parameter, "x", StringComparison.Ordinal),
                await TokenForAsync(MetricsBatch),
                Machines)).Status);

    [Theory] // D: GET, and POST with a form
    [InlineData(false)]
    [InlineData(true)]
    public async Task Prometheus_answers_a_range_in_its_own_form(bool post)
    {
        const string Query = "query=up&start=2026-01-01T00:00:00Z&end=1767268800&step=6h";
        string token = await TokenForAsync(PrometheusQuery);
        Answer answer = post
            ? await CallAsync(Prometheus + "query_range", token, Query)
            : await CallAsync(Prometheus + "query_range?" + Query, token);
        Assert.Equal("status:s data:o", Shape(answer.Body));
        JsonNode data = answer.Body["data"]!;
        Assert.Equal("matrix", data["resultType"]!.GetValue<string>());
        Assert.Equal(
            """{"metric":{"instance":"web-01"},"values":[[1767225600,"0"],[1767247200,"50"],[1767268800,"100"]]}""",
            data["result"]![0]!.ToJsonString());
    }

    [Fact]
    public async Task Prometheus_answers_a_query_in_its_own_form()
    {
        Answer answer = await CallAsync(
            Prometheus + "query?query=up&time=1767268800", await TokenForAsync(PrometheusQuery));
        Assert.Equal("vector", answer.Body["data"]!["resultType"]!.GetValue<string>());
        Assert.Equal(
            """{"metric":{"instance":"web-01"},"value":[1767268800,"100"]}""",
            answer.Body["data"]!["result"]![0]!.ToJsonString());
    }

    [Theory]
    [InlineData("R", "query?query=", "no expression found in input")]
    [InlineData("R", "query?query=up&time=now", "cannot parse \"now\" to a valid timestamp")]
    [InlineData("R", "query_range?query=up&end=1&step=1", "cannot parse \"\" to a valid timestamp")]
    [InlineData("R", "query_range?query=up&start=2&end=1&step=1", "end timestamp must not be before start time")]
    [InlineData("R", "query_range?query=up&start=1&end=2&step=0", "cannot parse \"0\" to a valid duration")]
    [InlineData("R", "query_range?query=up&start=0&end=11001&step=1s", "exceeded maximum resolution of 11,000 points")]
    [InlineData("D: a time range of 32 days", "query_range?query=up&start=0&end=2851200&step=1d", "32 days")]
    public async Task Prometheus_tells_what_is_wrong_in_its_own_form(string source, string query, string error)
    {
        Assert.NotEmpty(source);
        Answer answer = await CallAsync(Prometheus + query, await TokenForAsync(PrometheusQuery));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("status:s errorType:s error:s", Shape(answer.Body));
        Assert.Equal(("error", "bad_data"), (answer.Text("status"), answer.Text("errorType")));
        Assert.Contains(error, answer.Text("error"), StringComparison.Ordinal);
    }

    private static string MetricJson(int minutes = 0, int names = 1, int values = 1) => new JsonObject
    {
        ["time"] = DateTime.UtcNow.AddMinutes(minutes).ToString("s", CultureInfo.InvariantCulture),
        ["data"] = new JsonObject
        {
            ["baseData"] = new JsonObject
            {
                ["metric"] = "QueueDepth",
                ["namespace"] = "QueueProcessing",
                ["dimNames"] = Texts("Name", names),
                ["series"] = new JsonArray(new JsonObject
                {
                    ["dimValues"] = Texts("Value", values),
                    ["min"] = 3,
                    ["max"] = 20,
                    ["sum"] = 28,
                    ["count"] = 3,
                }),
            },
        },
    }.ToJsonString();

    private static JsonArray Texts(string text, int count) =>
        new([.. Enumerable.Range(0, count).Select(number => JsonValue.Create($"{text}{number}"))]);

    private static string MachinesJson(string subscription, int count) => new JsonObject
    {
        ["resourceids"] = new JsonArray([.. Enumerable.Range(0, count).Select(number => JsonValue.Create(
            Machine.Replace("/s/", $"/{subscription}/", StringComparison.Ordinal) + $"web-{number:00}"))]),
    }.ToJsonString();

    private async Task<string> TokenForAsync(string audience) =>
        (await AppTokenAsync(audience + "/.default")).Text("access_token");

    /// <summary>With the body that the endpoint documents, unless there is one; without body it is a GET.</summary>
    private async Task<Answer> CallAsync(string url, string? token, string? body = null, bool packed = false)
    {
        body ??= url.Contains("/metrics:", StringComparison.Ordinal) ? Machines
            : url.EndsWith("/metrics", StringComparison.Ordinal) ? MetricJson()
            : url.Contains("/streams/", StringComparison.Ordinal) ? Rows
            : null;
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, url);
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token);
        if (body is not null)
        {
            string type = url.StartsWith(Prometheus, StringComparison.Ordinal)
                ? "application/x-www-form-urlencoded"
                : "application/json";
            request.Content = packed
                ? new ByteArrayContent(Packed(body))
                : new StringContent(body, Encoding.UTF8, type);
            if (packed)
                request.Content.Headers.ContentEncoding.Add("gzip");
        }

        return await SendAsync(request);
    }

    private static byte[] Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }
}
