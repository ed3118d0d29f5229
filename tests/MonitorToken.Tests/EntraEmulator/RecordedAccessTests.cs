using System.Net;
using System.Text.Json.Nodes;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator;

/// <summary>
/// What Resource Manager tells about roles: D is Microsoft's documentation, S the REST specification, L bodies that
/// people have posted.
/// </summary>
public sealed class RecordedAccessTests(EmulatorFixture fixture) : RecordTest(fixture)
{
    private const string Authorization = "/providers/Microsoft.Authorization/";
    private const string Version = "?api-version=2022-04-01";
    private const string Publisher = "3913510d-42f4-4e42-8a64-420c390055eb";

    private readonly DataCollectionRule _rule = fixture.Emulator.AccessControl.AddRule();

    // S Microsoft.Authorization 2022-04-01, Permissions_ListForResource.
    [Fact]
    public async Task Permissions_are_the_caller_s_own_a_block_for_each_role()
    {
        Give("Reader", _rule.Id);
        Give(Publisher, _rule.Id);
        Answer answer = await ArmAsync($"{_rule.Id}{Authorization}permissions{Version}");
        JsonArray blocks = answer.Body["value"]!.AsArray();
        Assert.Equal("value:a", Shape(answer.Body));
        Assert.All(
            blocks,
            block => Assert.Equal(
                "actions:a notActions:a dataActions:a notDataActions:a", Shape(block!.AsObject())));
        Assert.Equal(
            ["Microsoft.Insights/Metrics/Write", "Microsoft.Insights/Telemetry/Write"],
            blocks[1]!["dataActions"]!.AsArray().Select(action => (string?)action));
    }

    [Fact]
    public async Task A_list_goes_on_at_its_next_link()
    {
        for (int i = 0; i < 4; i++)
            Give("Reader", _rule.Id);
        Answer answer = await ArmAsync($"{_rule.Id}{Authorization}permissions{Version}");
        Assert.Equal("value:a nextLink:s", Shape(answer.Body));
        string next = answer.Text("nextLink");
        Assert.StartsWith(Arm, next, StringComparison.Ordinal);
        answer = await ArmAsync(next[Arm.Length..]);
        Assert.Equal("value:a", Shape(answer.Body));
        Assert.Single(answer.Body["value"]!.AsArray());
    }

    // L stackoverflow 42134892.
    [Fact]
    public async Task Who_may_not_read_is_refused_by_the_action_s_name()
    {
        Give(Publisher, _rule.Id);
        foreach (string type in new[] { "permissions", "roleAssignments" })
        {
            Answer answer = await ArmAsync(
                $"{_rule.Id}{Authorization}{type}{Version}&$filter=assignedTo('{App.ObjectId}')");
            Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
            Assert.Equal("AuthorizationFailed", (string?)answer.Body["error"]!["code"]);
            Assert.StartsWith(
                $"The client '{App.ObjectId}' with object id '{App.ObjectId}' does not have authorization to perform "
                    + $"action 'Microsoft.Authorization/{type}/read' over scope '{_rule.Id}",
                (string?)answer.Body["error"]!["message"],
                StringComparison.Ordinal);
        }
    }

    // D role-assignments-list-rest.md: above the scope, too, and with the time of the assignment.
    [Fact]
    public async Task Assignments_are_those_of_a_principal_on_the_scope_and_above()
    {
        Give("Reader", $"/subscriptions/{Emulator.Directory.SubscriptionId}");
        Give(Publisher, _rule.Id);
        Give(Publisher, Emulator.AccessControl.AddRule().Id);
        Answer answer = await ArmAsync(
            $"{_rule.Id}{Authorization}roleAssignments{Version}&$filter=assignedTo('{App.ObjectId}')");
        JsonObject[] all = [.. answer.Body["value"]!.AsArray().Select(one => one!.AsObject())];
        Assert.Equal(2, all.Length);
        Assert.Equal("properties:o id:s type:s name:s", Shape(all[1]));
        JsonNode properties = all[1]["properties"]!;
        Assert.Equal((_rule.Id, $"{App.ObjectId}"), ((string?)properties["scope"], (string?)properties["principalId"]));
        Assert.EndsWith(
            $"{Authorization}roleDefinitions/{Publisher}",
            (string?)properties["roleDefinitionId"],
            StringComparison.Ordinal);
        Assert.Matches("^20[0-9-]{8}T[0-9:.]+Z$", (string?)properties["createdOn"]);

        answer = await ArmAsync((string)properties["roleDefinitionId"]! + Version);
        Assert.Equal("Monitoring Metrics Publisher", (string?)answer.Body["properties"]!["roleName"]);
    }

    // D role-assignments-rest.md; S azure-cli asks for a role's id by roleName; L 409 as people have posted it.
    [Fact]
    public async Task Who_may_write_assignments_assigns_a_role_once()
    {
        Guid principal = Guid.NewGuid(), id = Guid.NewGuid();
        Give("Reader", _rule.Id);
        Answer roles = await ArmAsync(
            $"{_rule.Id}{Authorization}roleDefinitions{Version}&$filter=roleName eq 'Monitoring Metrics Publisher'");
        string roleId = (string)roles.Body["value"]!.AsArray().Single()!["id"]!;
        Assert.EndsWith($"{Authorization}roleDefinitions/{Publisher}", roleId, StringComparison.Ordinal);

        Answer refused = await AssignAsync();
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.Contains(
            "'Microsoft.Authorization/roleAssignments/write'",
            (string?)refused.Body["error"]!["message"],
            StringComparison.Ordinal);

        Give("Owner", _rule.Id);
        Answer created = await AssignAsync();
        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal("properties:o id:s type:s name:s", Shape(created.Body));
        Assert.Equal($"{id}", created.Text("name"));
        Assert.Equal($"{principal}", (string?)created.Body["properties"]!["principalId"]);

        Answer again = await AssignAsync();
        Assert.Equal(HttpStatusCode.Conflict, again.Status);
        Assert.Equal("RoleAssignmentExists", (string?)again.Body["error"]!["code"]);
        Assert.Equal(
            $"The role assignment already exists. The ID of the existing role assignment is {id:N}.",
            (string?)again.Body["error"]!["message"]);

        Task<Answer> AssignAsync() => ArmAsync(
            $"{_rule.Id}{Authorization}roleAssignments/{id}{Version}",
            $$$"""{"properties":{"roleDefinitionId":"{{{roleId}}}","principalId":"{{{principal}}}"}}""",
            HttpMethod.Put);
    }

    // S ResourcesBasicQuery.json; D: of what the caller may not read nothing is listed.
    [Fact]
    public async Task Resource_Graph_lists_what_the_caller_may_read()
    {
        Assert.Equal((0, 0), await FindAsync());
        Give(Publisher, _rule.Id);
        Assert.Equal((0, 0), await FindAsync());
        Give("Monitoring Reader", _rule.Id);
        Assert.Equal((1, 1), await FindAsync());

        async Task<(long Count, int Rows)> FindAsync()
        {
            Answer answer = await ArmAsync(
                "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01",
                $$"""{"query":"resources | where properties.immutableId =~ '{{_rule.ImmutableId}}'"}""");
            Assert.Equal("totalRecords:n count:n data:a facets:a resultTruncated:s", Shape(answer.Body));
            JsonArray rows = answer.Body["data"]!.AsArray();
            return (answer.Number("count"), rows.Count(row => (string?)row!["id"] == _rule.Id));
        }
    }

    // L azure-sdk-for-net PR 37173.
    [Fact]
    public async Task A_rule_s_endpoint_refuses_who_has_no_role_on_it()
    {
        string token = (await AppTokenAsync("https://monitor.azure.com//.default")).Text("access_token");
        Answer answer = await SendAsync(new HttpRequestMessage(
            HttpMethod.Post,
            "https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/"
                + $"{_rule.ImmutableId}/streams/Custom-A?api-version=2023-01-01")
        {
            Content = new StringContent("[]"),
            Headers = { Authorization = new("Bearer", token) },
        });
        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Contains($"DcrArmId: {_rule.Id}", (string?)answer.Body["error"]!["message"], StringComparison.Ordinal);
    }

    private void Give(string role, string scope) => Emulator.AccessControl.Assign(
        App.ObjectId, Emulator.AccessControl.FindRole(role)!, scope, TimeSpan.FromHours(1));

    private async Task<Answer> ArmAsync(string path, string? body = null, HttpMethod? method = null)
    {
        string token = (await AppTokenAsync()).Text("access_token");
        method ??= body is null ? HttpMethod.Get : HttpMethod.Post;
        return await SendAsync(new HttpRequestMessage(method, Arm + path)
        {
            Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            Headers = { Authorization = new("Bearer", token) },
        });
    }
}
