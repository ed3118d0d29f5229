using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator;

/// <summary>
/// What is asked with a token for Resource Manager or Log Analytics: D is Microsoft's documentation, S the REST
/// specification, L bodies that people have posted.
/// </summary>
public sealed class RecordedQueryTests(EmulatorFixture fixture) : RecordTest(fixture)
{
    private const string Machine
        = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-01";

    private const string Insights = Arm + Machine + "/providers/Microsoft.Insights/";
    private const string Workspace = LogAnalytics + "/v1/workspaces/w/query";

    private string Subscription => $"/subscriptions/{Emulator.Directory.SubscriptionId}";

    [Theory]
    [InlineData("")]
    [InlineData("&metricnames=A,B&aggregation=Average,maximum&interval=PT5M")]
    public async Task A_resource_has_metrics(string query) // S Microsoft.Insights 2018-01-01
    {
        const string Span = "2026-01-01T00:00:00Z/2026-01-01T01:00:00Z";
        Answer answer = await AskAsync(
            Insights + $"metrics?api-version=2018-01-01&timespan={Span}{query}", await TokenForAsync(Arm));
        Assert.Equal(
            "cost:n timespan:s interval:s value:a namespace:s resourceregion:s", Shape(answer.Body));
        Assert.Equal(Span, answer.Text("timespan"));
        Assert.Equal("Microsoft.Compute/virtualMachines", answer.Text("namespace"));
        JsonArray metrics = answer.Body["value"]!.AsArray();
        Assert.Equal(query.Length == 0 ? ["Percentage CPU"] : ["A", "B"], metrics.Select(Name));
        Assert.Equal("id:s type:s name:o unit:s timeseries:a errorCode:s", Shape(metrics[0]!.AsObject()));
        JsonObject point = metrics[0]!["timeseries"]![0]!["data"]![0]!.AsObject();
        Assert.Equal(query.Length == 0 ? "timeStamp:s average:n" : "timeStamp:s average:n maximum:n", Shape(point));
        Assert.Equal("2026-01-01T01:00:00Z", (string?)point["timeStamp"]);

        static string Name(JsonNode? metric) => (string)metric!["name"]!["value"]!;
    }

    [Fact] // S Microsoft.Insights 2018-01-01, 2017-12-01-preview
    public async Task A_resource_tells_which_metrics_it_has()
    {
        string token = await TokenForAsync(Arm);
        JsonNode definition = One(await AskAsync(Insights + "metricDefinitions?api-version=2018-01-01", token));
        Assert.Equal(
            ("Percentage CPU", "Average"),
            ((string?)definition["name"]!["value"], (string?)definition["primaryAggregationType"]));
        JsonNode space = One(await AskAsync(Insights + "metricNamespaces?api-version=2017-12-01-preview", token));
        Assert.Equal(
            "Microsoft.Compute/virtualMachines", (string?)space["properties"]!["metricNamespaceName"]);
    }

    [Fact] // S Microsoft.Resources
    public async Task A_subscription_has_locations_and_a_resource_group()
    {
        string token = await TokenForAsync(Arm);
        Answer locations = await AskAsync(Arm + Subscription + "/locations?api-version=2022-12-01", token);
        Assert.Equal(
            ["westeurope", "westus2"],
            locations.Body["value"]!.AsArray().Select(location => (string)location!["name"]!));
        JsonNode group = One(await AskAsync(Arm + Subscription + "/resourceGroups?api-version=2021-04-01", token));
        Assert.Equal(
            ("emulated", "Microsoft.Resources/resourceGroups"),
            ((string?)group["name"], (string?)group["type"]));
        Assert.Equal(
            "emulated",
            (await AskAsync(Arm + Subscription + "/resourcegroups/Emulated?api-version=2021-04-01", token))
                .Text("name"));
        Assert.Equal(
            $"{Emulator.Directory.SubscriptionId}",
            (await AskAsync(Arm + Subscription + "?api-version=2022-12-01", token)).Text("subscriptionId"));
    }

    [Theory]
    [InlineData("GET", "/subscriptions", 400, "MissingApiVersionParameter")]
    [InlineData("GET", "/nothing?api-version=1", 404, "MissingSubscription")]
    [InlineData("DELETE", "/subscriptions?api-version=1", 404, "MissingSubscription")]
    [InlineData("GET", "/subscriptions/s?api-version=1", 404, "SubscriptionNotFound")]
    [InlineData("GET", "/subscriptions/s/locations?api-version=1", 404, "SubscriptionNotFound")]
    [InlineData("GET", "{subscription}/resourceGroups/g?api-version=1", 404, "ResourceGroupNotFound")]
    [InlineData("PUT", "{subscription}/resourceGroups/g?api-version=1", 404, "ResourceNotFound")]
    [InlineData("GET", "{machine}?api-version=1", 404, "ResourceNotFound")]
    [InlineData("POST", "{machine}/providers/Microsoft.Insights/metrics?api-version=1", 404, "ResourceNotFound")]
    [InlineData("GET", "{machine}/providers/Microsoft.Insights/x?api-version=1", 404, "ResourceNotFound")]
    [InlineData("GET", "/subscriptions/s/providers/Microsoft.Insights/metrics?api-version=1", 404, "ResourceNotFound")]
    public async Task Resource_Manager_always_says_why(string method, string path, int status, string code)
    {
        string url = Arm + path.Replace("{subscription}", Subscription, StringComparison.Ordinal)
            .Replace("{machine}", Machine, StringComparison.Ordinal);
        Answer answer = await AskAsync(url, await TokenForAsync(Arm), method: method);
        Assert.Equal((status, "error:o"), ((int)answer.Status, Shape(answer.Body)));
        Assert.Equal("code:s message:s", Shape(answer.Body["error"]!.AsObject()));
        Assert.Equal(code, (string?)answer.Body["error"]!["code"]);

        // A token is looked at first.
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(url, token: null, method: method)).Status);
    }

    [Fact] // L azure-sdk-for-js #29886
    public async Task Resource_Manager_names_the_audiences_that_it_takes()
    {
        Answer answer = await AskAsync(
            Arm + "/subscriptions?api-version=2022-12-01", await TokenForAsync("https://monitor.azure.com"));
        Assert.Equal(
            """{"error":{"code":"InvalidAuthenticationTokenAudience","message":"The access token has been obtained """
                + "for wrong audience or resource 'https://monitor.azure.com'. It should exactly match with one of the "
                + "allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net',"
                + "'https://management.azure.com/','https://management.azure.com'.\"}}",
            answer.RawText);
    }

    [Theory] // S: query of a workspace, of a resource, in a batch
    [InlineData("GET", "/v1/workspaces/w/query?query=Heartbeat", null)]
    [InlineData("POST", "/v1/workspaces/w/query", """{"query":"Heartbeat"}""")]
    [InlineData("GET", "/v1{machine}/query?query=Heartbeat", null)]
    [InlineData("POST", "/v1{machine}/query", """{"query":"Heartbeat"}""")]
    [InlineData("POST", "/v1/{machine}/query", """{"query":"Heartbeat"}""")]
    [InlineData("POST", "/v1/subscriptions/s/query", """{"query":"Heartbeat"}""")]
    public async Task A_query_is_for_a_workspace_or_a_resource(string method, string path, string? body)
    {
        Answer answer = await AskAsync(
            LogAnalytics + path.Replace("{machine}", Machine, StringComparison.Ordinal),
            await TokenForAsync(LogAnalytics),
            body,
            method);
        Assert.Equal("tables:a", Shape(answer.Body));
        Assert.Equal("name:s columns:a rows:a", Shape(answer.Body["tables"]![0]!.AsObject()));
    }

    [Fact] // D: prefer-options
    public async Task A_query_is_answered_with_what_the_client_prefers()
    {
        string token = await TokenForAsync(LogAnalytics);
        const string Query = """{"query":"Heartbeat | render barchart"}""";
        Answer both = await AskAsync(
            Workspace, token, Query, prefer: "wait=60,include-statistics=true, include-render=true");
        Assert.Equal("tables:a statistics:o render:o", Shape(both.Body));
        Assert.Equal("executionTime:n resourceUsage:o datasetStatistics:a", Shape(
            both.Body["statistics"]!["query"]!.AsObject()));
        Assert.Equal("barchart", (string?)both.Body["render"]!["visualization"]);
        Assert.Equal("tables:a", Shape((await AskAsync(Workspace, token, Query, prefer: "wait=60")).Body));
    }

    [Fact] // D: batch-queries, with the error that it shows
    public async Task A_batch_is_answered_query_by_query()
    {
        Answer answer = await AskAsync(
            LogAnalytics + "/v1/$batch",
            await TokenForAsync(LogAnalytics),
            """
            {"requests":[
                {"id":"1","method":"POST","path":"/query","workspace":"w","body":{"query":"Heartbeat"},
                    "headers":{"prefer":"include-statistics=true"}},
                {"id":"2","method":"POST","path":"/fakePath","workspace":"w","body":{"query":"Heartbeat"}},
                {"id":"3","path":"/query","workspace":"w","body":{"query":"Heartbeat"}},
                {"id":"4","path":"/query?query=Heartbeat","workspace":"w"}]}
            """);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        JsonObject[] responses = [.. answer.Body["responses"]!.AsArray().Select(response => response!.AsObject())];
        Assert.All(responses, response => Assert.Equal("id:s status:n headers:o body:o", Shape(response)));
        Assert.Equal(
            [("1", 200), ("2", 404), ("3", 400), ("4", 200)],
            responses.Select(response => ((string)response["id"]!, (int)response["status"]!)));
        Assert.Equal("tables:a statistics:o", Shape(responses[0]["body"]!.AsObject()));
        Assert.Equal(
            """{"error":{"message":"The requested path does not exist","code":"PathNotFoundError"}}""",
            responses[1]["body"]!.ToJsonString());
    }

    [Theory]
    [InlineData("GET", "/v1/$batch", null, 404, "PathNotFoundError")]
    [InlineData("POST", "/v1/$batch", """{"requests":[]}""", 400, "BadArgumentError")]
    [InlineData("POST", "/v1/$batch", """{"requests":[{}]}""", 400, "BadArgumentError")]
    [InlineData("POST", "/v1/$batch", "[", 400, "BadArgumentError")]
    [InlineData("POST", "/v1/workspaces/w/query", """{"query":1}""", 400, "BadArgumentError")]
    [InlineData("POST", "/v1/workspaces/w/query", "[]", 400, "BadArgumentError")]
    [InlineData("DELETE", "/v1/workspaces/w/query", null, 404, "PathNotFoundError")]
    [InlineData("GET", "/v1/workspaces/w/metadata", null, 404, "PathNotFoundError")]
    [InlineData("GET", "/v1/subscriptions/s/metadata", null, 404, "PathNotFoundError")]
    [InlineData("GET", "/", null, 404, "PathNotFoundError")]
    public async Task Log_Analytics_always_says_why(
        string method, string path, string? body, int status, string code)
    {
        Answer answer = await AskAsync(LogAnalytics + path, await TokenForAsync(LogAnalytics), body, method);
        Assert.Equal((status, code), ((int)answer.Status, (string?)answer.Body["error"]!["code"]));
        Assert.NotEmpty((string)answer.Body["error"]!["message"]!);
        Assert.Equal(
            HttpStatusCode.Unauthorized, (await AskAsync(LogAnalytics + path, null, body, method)).Status);
    }

    [Theory] // as all of Azure's services
    [InlineData("https://westeurope.metrics.monitor.azure.com/nothing")]
    [InlineData("https://dce-1.westeurope-1.ingest.monitor.azure.cn/")]
    [InlineData("https://westeurope.monitoring.azure.com/nothing")]
    [InlineData("https://w-1.westeurope.prometheus.monitor.azure.us/api/v1/labels")]
    [InlineData("https://api.applicationinsights.io/v1/apps/a/query")]
    [InlineData("https://eu.api.loganalytics.io/v1/workspaces/w/query")]
    [InlineData("https://graph.microsoft.com/v1.0/me")]
    public async Task What_is_not_there_is_refused_with_a_body(string url)
    {
        foreach (string method in new[] { "GET", "POST", "DELETE" })
        {
            Answer answer = await AskAsync(url, null, method: method);
            Assert.Equal((HttpStatusCode.NotFound, "error:o"), (answer.Status, Shape(answer.Body)));
            Assert.Equal("code:s message:s", Shape(answer.Body["error"]!.AsObject()));
        }
    }

    [Theory]
    [InlineData("https://westeurope.metrics.monitor.azure.com/subscriptions/s/metrics:getBatch")]
    [InlineData("https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/dcr-1/streams/Custom-Builds")]
    [InlineData("https://westeurope.monitoring.azure.com/subscriptions/s/metrics")]
    public async Task What_takes_POST_alone_says_so(string url)
    {
        Answer answer = await AskAsync(url, null);
        Assert.Equal(
            (HttpStatusCode.MethodNotAllowed, "MethodNotAllowed"),
            (answer.Status, (string?)answer.Body["error"]!["code"]));
    }

    private static JsonNode One(Answer list) => Assert.Single(list.Body["value"]!.AsArray())!;

    private async Task<string> TokenForAsync(string audience) =>
        (await AppTokenAsync(audience + "/.default")).Text("access_token");

    private async Task<Answer> AskAsync(
        string url, string? token, string? body = null, string? method = null, string? prefer = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method ?? (body is null ? "GET" : "POST")), url);
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token);
        if (prefer is not null)
            request.Headers.Add("Prefer", prefer);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await SendAsync(request);
    }
}
