using MonitorToken.Engine.AccessCheck;
using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.AccessCheck;

/// <summary>Whether an identity may send, as Resource Manager tells it, without anything being sent.</summary>
public sealed class PermissionCheckTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private const string Publisher = "Monitoring Metrics Publisher";
    private const string Manager = "management.azure.com";
    private const string Graph = "/providers/Microsoft.ResourceGraph";

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly DataCollectionRule _rule = fixture.Emulator.AccessControl.AddRule();

    private string Subscription => $"/subscriptions/{Emulator.Directory.SubscriptionId}";

    private string Assign => $"New-AzRoleAssignment -ObjectId {App.ObjectId} -RoleDefinitionName '{Publisher}' -Scope ";

    private string Name => "data collection rule " + _rule.Id.Split('/')[^1];

    private Uri Stream => new(
        $"https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/{_rule.ImmutableId}"
            + "/streams/Custom-A?api-version=2023-01-01");

    private Uri Metrics => new($"https://westeurope.monitoring.azure.com{Site}/metrics");

    private string Site => $"{Subscription}/resourceGroups/emulated/providers/Microsoft.Web/sites/web-{App.ClientId}";

    [Fact]
    public async Task Whoever_has_the_role_may_send()
    {
        Give("Reader", _rule.Id);
        Give(Publisher, _rule.Id);
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal((CredentialTestStatus.Succeeded, 405, null), Told(test));
        Assert.Equal(
            "HTTP 405 to a GET; Resource Manager grants this identity Microsoft.Insights/Telemetry/Write on the "
                + $"{Name}.",
            test.Reason);
        // A token for each of the two, the GET, and three questions; nothing is posted but a query.
        Assert.Equal(
            [
                "GET dce-1.westeurope-1.ingest.monitor.azure.com",
                $"POST {Manager}",
                $"GET {Manager}",
                $"GET {Manager}",
            ],
            Calls.Select(request => $"{request.Method} {request.Host}"));
        Assert.Equal(2, Requests.Count - Calls.Count);
        Assert.Equal([Graph + "/resources"], Calls.Where(call => call.Method == "POST").Select(call => call.Path));
    }

    [Fact]
    public async Task Whoever_has_it_not_gets_the_line_that_assigns_it()
    {
        Give("Owner", Subscription);
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal(
            (CredentialTestStatus.Refused, 405,
                $"Assign {Publisher} on the data collection rule. A new assignment takes up to 30 minutes, or "
                    + $"several hours at a management group. {Assign}'{_rule.Id}'"),
            Told(test));
        Assert.Equal(
            "HTTP 405 to a GET; Resource Manager doesn't grant this identity Microsoft.Insights/Telemetry/Write on "
                + $"the {Name}.",
            test.Reason);
    }

    [Fact]
    public async Task A_managed_identity_is_told_of_groups_and_by_its_object_id()
    {
        ManagedIdentity identity = Emulator.Directory.AddUserIdentity();
        Emulator.AccessControl.Assign(identity.ObjectId, Emulator.AccessControl.FindRole("Reader")!, _rule.Id, Hour);
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.HttpAddress.OriginalString);
        CredentialTest test = await TestAsync(
            Stream, Options("ManagedIdentity") with { ClientId = identity.ClientId.ToString() });
        Assert.Equal(CredentialTestStatus.Refused, test.Status);
        Assert.Contains("Through a group, it takes up to 24 hours", test.RecommendedAction, StringComparison.Ordinal);
        Assert.EndsWith(
            $"-ObjectId {identity.ObjectId} -RoleDefinitionName '{Publisher}' -Scope '{_rule.Id}'",
            test.RecommendedAction,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "*")]
    [InlineData(true, "Microsoft.Insights/*/Write")]
    [InlineData(false, "Microsoft.Insights/Metrics/*")]
    [InlineData(false, "*", "Microsoft.Insights/*")]
    [InlineData(true, "*", "*/read")]
    public async Task Wildcards_and_exclusions_of_a_custom_role_count(bool mayIn, string dataAction, string? not = null)
    {
        Give("Monitoring Reader", Subscription);
        Give(Custom([dataAction], not is null ? [] : [not]), _rule.Id, Hour);
        Assert.Equal(
            mayIn ? CredentialTestStatus.Succeeded : CredentialTestStatus.Refused, (await TestAsync(Stream)).Status);
    }

    [Fact]
    public async Task A_role_on_the_second_page_counts()
    {
        for (int i = 0; i < 4; i++)
            Give("Reader", Subscription);
        Give(Publisher, Subscription);
        Assert.Equal(CredentialTestStatus.Succeeded, (await TestAsync(Stream)).Status);
        Assert.Equal(2, Asked("/permissions").Count());
        Assert.Single(Asked("/permissions"), call => call.Query.ContainsKey("$skiptoken"));
    }

    [Theory]
    [InlineData(0, "less than a minute ago")]
    [InlineData(1.2, "a minute ago")]
    [InlineData(4.5, "4 minutes ago")]
    [InlineData(29.5, "29 minutes ago")]
    public async Task A_new_assignment_is_waited_for(double minutes, string ago)
    {
        Give("Reader", Subscription);
        Give(Publisher, _rule.Id, TimeSpan.FromMinutes(minutes));
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal(
            (CredentialTestStatus.Inconclusive, 405,
                "Try again later: a new assignment takes up to 30 minutes to take effect."),
            Told(test));
        Assert.Equal($"HTTP 405 to a GET; {Publisher}, which applies to the {Name}, was assigned {ago}.", test.Reason);
    }

    [Fact]
    public async Task An_assignment_is_old_after_thirty_minutes()
    {
        Give("Reader", Subscription);
        Give(Publisher, _rule.Id, TimeSpan.FromMinutes(31));
        Assert.Equal(CredentialTestStatus.Succeeded, (await TestAsync(Stream)).Status);
    }

    [Fact]
    public async Task A_new_assignment_does_not_matter_beside_an_old_one()
    {
        Give("Reader", Subscription);
        Give(Publisher, _rule.Id, TimeSpan.FromMinutes(1));
        Give(Custom(["*"]), Subscription, Hour);
        Assert.Equal(CredentialTestStatus.Succeeded, (await TestAsync(Stream)).Status);
    }

    [Fact]
    public async Task A_new_assignment_of_another_role_does_not_count()
    {
        Give("Reader", Subscription, TimeSpan.FromMinutes(1));
        Assert.Equal(CredentialTestStatus.Refused, (await TestAsync(Stream)).Status);
        Assert.Single(Asked("/roleDefinitions/"));
    }

    [Fact]
    public async Task A_new_assignment_of_a_custom_role_goes_by_its_name()
    {
        Give("Reader", Subscription);
        RoleDefinition role = Custom(["Microsoft.Insights/*"]);
        Give(role, _rule.Id, TimeSpan.FromMinutes(3));
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal(CredentialTestStatus.Inconclusive, test.Status);
        Assert.Contains(
            $"; {role.Name}, which applies to the {Name}, was assigned 3 minutes ago.",
            test.Reason,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, CredentialTestStatus.Inconclusive, "5 hours ago")]
    [InlineData(13, CredentialTestStatus.Succeeded, "Resource Manager grants")]
    public async Task At_a_management_group_an_assignment_takes_hours(
        int hours, CredentialTestStatus status, string reason)
    {
        Give("Reader", Subscription);
        Give(Publisher, "/providers/Microsoft.Management/managementGroups/all", TimeSpan.FromHours(hours));
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal(status, test.Status);
        Assert.Contains(reason, test.Reason, StringComparison.Ordinal);
        if (status == CredentialTestStatus.Inconclusive)
            Assert.Contains("several hours", test.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_assignment_that_Resource_Manager_does_not_grant_yet_is_waited_for()
    {
        Give("Reader", Subscription);
        Give(Publisher, _rule.Id, TimeSpan.FromMinutes(2));
        Spoil("^.*/permissions", new Fault { Status = 200, Body = """{"value":[{"actions":["*/read"]}]}""" });
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal(CredentialTestStatus.Inconclusive, test.Status);
        Assert.Contains("assigned 2 minutes ago", test.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whose_assignments_cannot_be_read_is_told_by_the_permissions_alone()
    {
        // Without Microsoft.Authorization/roleAssignments/read.
        Give(
            new RoleDefinition($"custom-{Guid.NewGuid()}")
            {
                Actions = ["Microsoft.Insights/dataCollectionRules/read", "Microsoft.Authorization/permissions/read"],
            },
            Subscription);
        Assert.Equal(CredentialTestStatus.Refused, (await TestAsync(Stream)).Status);
        Give(Publisher, _rule.Id, TimeSpan.FromMinutes(1));
        Assert.Equal(CredentialTestStatus.Succeeded, (await TestAsync(Stream)).Status);
    }

    [Fact]
    public async Task Who_cannot_read_the_rule_is_told_what_is_missing()
    {
        Give(Publisher, _rule.Id);
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal(
            (CredentialTestStatus.Inconclusive, 405,
                "To find out, also assign Reader or Monitoring Reader. To send, one role is enough: "
                    + $"{Assign}'<resource id of the rule>'"),
            Told(test));
        Assert.Equal(
            "HTTP 405 to a GET; Resource Manager can't show whether this identity can send, because the identity "
                + $"can't read the data collection rule {_rule.ImmutableId}, or there's no such resource.",
            test.Reason);
        Assert.Empty(Asked("/permissions"));
    }

    [Theory]
    // azure-sdk-for-java #29924, aztfexport #491: where the identity can read nothing at all.
    [InlineData(
        403,
        """
        {"error":{"code":"AccessDenied","message":"Please provide below info when asking for support: x.","details":[
        {"code":"AccessDenied","message":"Access is denied to the requested resource."}]}}
        """)]
    [InlineData(
        400,
        """
        {"error":{"code":"BadRequest","message":"Please provide below info when asking for support: x.","details":[
        {"code":"NoValidSubscriptionsInQueryRequest","message":"There must be at least one subscription. Given: ''."}]}}
        """)]
    [InlineData(200, """{"totalRecords":1,"count":1,"data":[{"id":"/subscriptions/x'; y"}]}""")]
    [InlineData(200, """{"totalRecords":1,"count":1,"data":[{"id":7}, 7, null]}""")]
    public async Task A_rule_that_Resource_Graph_does_not_show_is_one_that_cannot_be_read(int status, string body)
    {
        Spoil(Graph, new Fault { Status = status, Body = body, ContentType = "application/json" });
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal(CredentialTestStatus.Inconclusive, test.Status);
        Assert.Contains("the identity can't read the data collection rule dcr-", test.Reason, StringComparison.Ordinal);
        Assert.Empty(Asked("/permissions"));
    }

    [Theory]
    [InlineData("/permissions", 403, """{"error":{"code":"AuthorizationFailed","message":"No."}}""", "can't read")]
    [InlineData("/permissions", 404, """{"error":{"code":"NotFound","message":"x."}}""", "HTTP 404, NotFound: x.")]
    [InlineData("/permissions", 500, "", "can send: HTTP 500, without a reason.")]
    [InlineData("/permissions", 429, """{"error":{"code":"TooManyRequests","message":"x."}}""", "TooManyRequests: x.")]
    [InlineData("/permissions", 200, """{"value":{}}""", "can send: its response isn't in the documented format.")]
    [InlineData("/permissions", 200, "<html>", "can send: HTTP 200 with a web page.")]
    [InlineData("/permissions", 302, "", "can send: HTTP 302")]
    [InlineData(Graph, 401, """{"error":{"code":"InvalidToken","message":"x."}}""", "HTTP 401, InvalidToken: x.")]
    [InlineData(Graph, 400, """{"error":{"code":"BadRequest","message":"x."}}""", "HTTP 400, BadRequest: x.")]
    [InlineData(Graph, 503, "", "can send: HTTP 503")]
    public async Task What_Resource_Manager_does_not_tell_stays_open(
        string path, int status, string body, string reason)
    {
        Give("Reader", Subscription);
        Give(Publisher, _rule.Id);
        Spoil(
            path == Graph ? path : "^.*" + path,
            new Fault { Status = status, Body = body, ContentType = "application/json" });
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal((CredentialTestStatus.Inconclusive, 405), (test.Status, test.StatusCode));
        Assert.StartsWith("HTTP 405 to a GET; Resource Manager can't show", test.Reason, StringComparison.Ordinal);
        Assert.Contains(reason, test.Reason, StringComparison.Ordinal);
        Assert.NotNull(test.RecommendedAction);
    }

    [Fact]
    public async Task It_ends_with_the_test()
    {
        Give("Reader", Subscription);
        Give(Publisher, _rule.Id);
        Spoil("^.*/permissions", new Fault { Hang = true });
        CredentialTest test = await TestAsync(Stream, timeout: TimeSpan.FromSeconds(3));
        Assert.Equal((CredentialTestStatus.Inconclusive, 405), (test.Status, test.StatusCode));
        Assert.EndsWith(": it didn't respond in time.", test.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_stops_when_the_caller_does()
    {
        Spoil(Graph, new Fault { Hang = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task test = CredentialTests.RunAsync(
            CredentialCatalog.Create(ClientSecret()),
            TokenRequest.ForEndpoint(Stream) with { Timeout = TimeSpan.FromSeconds(60) },
            Stream,
            Caller,
            stop.Token);
        await Eventually.TrueAsync(() => Asked(Graph).Any(), "Resource Graph is asked.");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => test);
    }

    [Fact]
    public async Task A_connection_that_is_cut_off_leaves_it_open()
    {
        Spoil(Graph, new Fault { Drop = true });
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal(CredentialTestStatus.Inconclusive, test.Status);
        Assert.EndsWith(
            "can send: it couldn't be reached: the connection was closed.", test.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example/next")]
    [InlineData("http://management.azure.com/next")]
    [InlineData("https://management.azure.com:8443/next")]
    [InlineData("https://management.azure.com.evil.example/next")]
    [InlineData("/relative")]
    public async Task A_list_that_goes_on_elsewhere_is_not_followed(string next)
    {
        Give("Reader", Subscription);
        Spoil("^.*/permissions", new Fault { Status = 200, Body = $$"""{"value":[],"nextLink":"{{next}}"}""" });
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal(CredentialTestStatus.Inconclusive, test.Status);
        Assert.EndsWith(
            "can send: its response isn't in the documented format.", test.Reason, StringComparison.Ordinal);
        Assert.Single(Asked("/permissions"));
        Assert.DoesNotContain(Requests, request => request.Path == "/next");
    }

    [Fact]
    public async Task A_list_without_end_is_given_up()
    {
        Give("Reader", Subscription);
        Spoil(
            "^.*/permissions",
            new Fault
            {
                Status = 200,
                Body = """{"value":[],"nextLink":"https://management.azure.com/x/permissions"}""",
            });
        Assert.Equal(CredentialTestStatus.Inconclusive, (await TestAsync(Stream)).Status);
        Assert.Equal(20, Asked("/permissions").Count());
    }

    [Fact]
    public async Task Without_a_token_for_Resource_Manager_it_stays_open()
    {
        Emulator.Faults.Add(new Fault
        {
            Match = new FaultMatch { Path = "^/[^/]+/oauth2", Resource = "https://management.azure.com" },
            Status = 400,
            Body = """{"error":"invalid_resource","error_description":"AADSTS500011: The resource is not there."}""",
        });
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal((CredentialTestStatus.Inconclusive, 405), (test.Status, test.StatusCode));
        Assert.Contains("can send: no token for it is available: ", test.Reason, StringComparison.Ordinal);
        Assert.Contains("AADSTS500011", test.Reason, StringComparison.Ordinal);
        Assert.Empty(Asked("/"));
    }

    [Fact]
    public async Task A_refusal_for_want_of_a_role_gets_the_line_too()
    {
        RefuseAtService();
        Give("Reader", Subscription);
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal((CredentialTestStatus.Refused, 403), (test.Status, test.StatusCode));
        Assert.StartsWith("HTTP 403, OperationFailed: No access; Resource", test.Reason, StringComparison.Ordinal);
        Assert.EndsWith($"{Assign}'{_rule.Id}'", test.RecommendedAction, StringComparison.Ordinal);

        Give(Publisher, _rule.Id, TimeSpan.FromMinutes(10));
        test = await TestAsync(Stream);
        Assert.Equal((CredentialTestStatus.Refused, 403), (test.Status, test.StatusCode));
        Assert.Contains("was assigned 10 minutes ago", test.Reason, StringComparison.Ordinal);
        Assert.StartsWith("Try again later", test.RecommendedAction, StringComparison.Ordinal);

        Give(Publisher, Subscription);
        test = await TestAsync(Stream);
        Assert.Equal((CredentialTestStatus.Refused, 403), (test.Status, test.StatusCode));
        Assert.StartsWith("If the role was assigned recently, wait.", test.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("another assignment doesn't help", test.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_where_the_rule_cannot_be_read_keeps_its_advice()
    {
        RefuseAtService();
        CredentialTest test = await TestAsync(Stream);
        Assert.Equal((CredentialTestStatus.Refused, 403), (test.Status, test.StatusCode));
        Assert.StartsWith("Assign a role that grants", test.RecommendedAction, StringComparison.Ordinal);
        Assert.EndsWith($"{Assign}'<resource id of the rule>'", test.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, """{"error":{"code":"InvalidAudience","message":"No."}}""")]
    [InlineData(403, """{"error":{"code":"NspValidationFailedError","message":"No."}}""")]
    [InlineData(403, "<html>")]
    [InlineData(429, "")]
    [InlineData(503, "")]
    [InlineData(302, "")]
    [InlineData(200, "{}")]
    public async Task Resource_Manager_is_not_asked_where_it_has_nothing_to_add(int status, string body)
    {
        Emulator.Faults.Add(
            new Fault { Match = new FaultMatch { Host = Stream.Host }, Status = status, Body = body });
        await TestAsync(Stream);
        Assert.Empty(Asked("/"));
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task An_address_that_answers_a_GET_costs_no_more_than_that()
    {
        await TestAsync(new Uri("https://api.loganalytics.io/v1/workspaces/x/query?query=print%201"));
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task Custom_metrics_are_about_their_resource()
    {
        CredentialTest test = await TestAsync(Metrics);
        Assert.Equal(CredentialTestStatus.Inconclusive, test.Status);
        Assert.Contains("because the identity can't read the resource web-", test.Reason, StringComparison.Ordinal);
        Assert.EndsWith($"{Assign}'{Site}'", test.RecommendedAction, StringComparison.Ordinal);

        Give("Reader", Subscription);
        test = await TestAsync(Metrics);
        Assert.Equal((CredentialTestStatus.Refused, 405), (test.Status, test.StatusCode));
        Assert.Contains(
            "doesn't grant this identity Microsoft.Insights/Metrics/Write", test.Reason, StringComparison.Ordinal);
        Assert.EndsWith($"{Assign}'{Site}'", test.RecommendedAction, StringComparison.Ordinal);

        Give(Publisher, $"{Subscription}/resourceGroups/emulated", TimeSpan.FromMinutes(5));
        Assert.Contains(
            "takes up to 10 minutes", (await TestAsync(Metrics)).RecommendedAction, StringComparison.Ordinal);

        Give(Publisher, Subscription);
        Assert.Equal((CredentialTestStatus.Succeeded, 405, null), Told(await TestAsync(Metrics)));
        Assert.DoesNotContain(Calls, call => call.Method == "POST");
    }

    [Fact]
    public async Task A_resource_of_a_subscription_that_is_not_there_is_said_to_be_missing()
    {
        var elsewhere = new Uri(
            $"https://westeurope.monitoring.azure.com/subscriptions/{Guid.NewGuid()}/resourceGroups/g/providers/M.W/a/b"
                + "/metrics");
        Assert.Equal(
            (CredentialTestStatus.Inconclusive, 405, "Resource Manager didn't find the resource. Check the URI."),
            Told(await TestAsync(elsewhere)));
    }

    [Fact]
    public async Task Each_cloud_has_its_own_Resource_Manager()
    {
        var endpoint = new Uri(Stream.OriginalString.Replace("azure.com", "azure.us", StringComparison.Ordinal));
        Give("Reader", Subscription);
        Give(Publisher, _rule.Id);
        CredentialTest test = await TestAsync(
            endpoint, ClientSecret() with { Authority = Authority.For(AzureEnvironment.AzureUSGovernment) });
        Assert.Equal(CredentialTestStatus.Succeeded, test.Status);
        Assert.All(
            Requests,
            request => Assert.Matches(
                @"^(login\.microsoftonline\.us|dce-1\..*\.azure\.us|management\.usgovcloudapi\.net)$", request.Host));
    }

    [Fact]
    public async Task An_address_made_to_deceive_reaches_no_query()
    {
        var endpoint = new Uri(Stream.OriginalString.Replace(
            "/streams", "%27%20or%20%27%27%20==%20%27/streams", StringComparison.Ordinal));
        Assert.Equal(CredentialTestStatus.Inconclusive, (await TestAsync(endpoint)).Status);
        Assert.Empty(Asked("/"));
    }

    [Fact]
    public async Task What_the_test_tells_is_what_the_endpoint_does()
    {
        Give("Reader", Subscription);
        await AgreeAsync(CredentialTestStatus.Refused, 403);
        Give(Publisher, _rule.Id, TimeSpan.FromMinutes(5));
        await AgreeAsync(CredentialTestStatus.Inconclusive, 403);
        Give(Publisher, _rule.Id);
        await AgreeAsync(CredentialTestStatus.Succeeded, 204);

        async Task AgreeAsync(CredentialTestStatus status, int answer)
        {
            Assert.Equal(status, (await TestAsync(Stream)).Status);
            AccessToken token = await GetAsync(ClientSecret(), For("LogsIngestion"));
            using var http = new HttpClient(Emulator.CreateHandler());
            using var request = new HttpRequestMessage(HttpMethod.Post, Stream) { Content = new StringContent("[]") };
            request.Headers.Authorization = new("Bearer", token.GetPlainText());
            using HttpResponseMessage response = await http.SendAsync(request, Stop);
            Assert.Equal(answer, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task A_token_that_Resource_Manager_repeats_is_not_shown()
    {
        AccessToken token = await GetAsync(ClientSecret(), For("ResourceManager"));
        string text = token.GetPlainText();
        Spoil(
            Graph,
            new Fault { Status = 500, Body = $$$"""{"error":{"code":"Bad","message":"You sent {{{text}}}."}}""" });
        CredentialTest test = await TestAsync(Stream);
        Assert.EndsWith("can send: HTTP 500, Bad.", test.Reason, StringComparison.Ordinal);
        Assert.Contains(Asked(Graph), call => call.Headers["Authorization"] == $"Bearer {text}");
        string told = string.Concat(Caller.Verboses.Concat(Caller.Warnings).Concat(Caller.Debugs));
        Assert.DoesNotContain(text[^30..], told + test.Reason + test.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_somebody_else_is_not_asked_with()
    {
        Emulator.Faults.Add(new Fault
        {
            Match = new FaultMatch { Path = "^/[^/]+/oauth2", Resource = "https://management.azure.com" },
            AccessToken = Emulator.IssueUserToken("https://management.azure.com"),
        });
        CredentialTest test = await TestAsync(Stream);
        Assert.EndsWith("can send: its token belongs to another identity.", test.Reason, StringComparison.Ordinal);
        Assert.Empty(Asked("/"));
    }

    [Fact]
    public async Task Nobody_is_asked_to_sign_in_again()
    {
        CredentialOptions person = Person();
        // The consent for the service's resource is not one for Resource Manager.
        Emulator.Faults.Add(new Fault
        {
            Match = new FaultMatch { Path = "^/[^/]+/oauth2/v2.0/token", Resource = "https://management.azure.com" },
            Error = "AADSTS65001",
        });
        CredentialTest test = await TestAsync(Stream, person);
        Assert.Equal((CredentialTestStatus.Inconclusive, 405), (test.Status, test.StatusCode));
        Assert.Contains("can send: no token for it is available: ", test.Reason, StringComparison.Ordinal);
        Assert.Single(Caller.Shown);
    }

    private void RefuseAtService() => Emulator.Faults.Add(new Fault
    {
        Match = new FaultMatch { Host = Stream.Host },
        Status = 403,
        Body = """{"error":{"code":"OperationFailed","message":"No access."}}""",
    });

    private IReadOnlyList<RecordedRequest> Calls =>
        [.. Requests.Where(request => !request.Host.StartsWith("login.", StringComparison.Ordinal))];

    private IEnumerable<RecordedRequest> Asked(string path) =>
        Calls.Where(call => call.Host == Manager && call.Path.Contains(path, StringComparison.Ordinal));

    private static (CredentialTestStatus Status, int? Code, string? Action) Told(CredentialTest test) =>
        (test.Status, test.StatusCode, test.RecommendedAction);

    private RoleDefinition Custom(string[] dataActions, string[]? notDataActions = null) =>
        Emulator.AccessControl.AddRole(new RoleDefinition($"custom-{Guid.NewGuid()}")
        {
            DataActions = dataActions,
            NotDataActions = notDataActions ?? [],
        });

    private void Give(string role, string scope, TimeSpan? age = null) =>
        Give(Emulator.AccessControl.FindRole(role)!, scope, age);

    private void Give(RoleDefinition role, string scope, TimeSpan? age = null) =>
        Emulator.AccessControl.Assign(App.ObjectId, role, scope, age ?? Hour);

    private void Spoil(string path, Fault fault) =>
        Emulator.Faults.Add(fault with { Match = new FaultMatch { Host = Manager, Path = path } });

    private async Task<CredentialTest> TestAsync(
        Uri endpoint, CredentialOptions? options = null, TimeSpan? timeout = null)
    {
        Credential credential = CredentialCatalog.Create(options ?? ClientSecret());
        return Assert.Single(await CredentialTests.RunAsync(
            credential,
            TokenRequest.ForEndpoint(endpoint) with { Timeout = timeout ?? TimeSpan.FromSeconds(60) },
            endpoint,
            Caller,
            Stop));
    }
}
