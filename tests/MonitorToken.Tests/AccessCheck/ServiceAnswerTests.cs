using MonitorToken.Engine.AccessCheck;
using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.AccessCheck;

/// <summary>What is made of a service's answer, whatever it has sent.</summary>
public sealed class ServiceAnswerTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private const string Nothing = "HTTP 403, without a reason.";

    private static readonly Uri Workspace = new("https://api.loganalytics.io/v1/workspaces/x/query?query=print%201");

    [Theory]
    [InlineData("""{"error":{"code":"A","message":"Because."}}""", "HTTP 403, A: Because.")]
    [InlineData("""{"error":{"code":"A"}}""", "HTTP 403, A.")]
    [InlineData("""{"error":{"message":"Because"}}""", "HTTP 403, Because.")]
    [InlineData("""{"error":"old_token","error_description":"It is old."}""", "HTTP 403, old_token: It is old.")]
    [InlineData("""{"status":"error","errorType":"bad_data","error":"no label"}""", "HTTP 403, bad_data: no label.")]
    [InlineData("""{"code":"A","message":"Because."}""", "HTTP 403, A: Because.")]
    [InlineData("""{"Message":"Authorization has been denied."}""", "HTTP 403, Authorization has been denied.")]
    [InlineData(
        """{"error":{"code":"A","message":"a.","innererror":{"code":"B","innererror":{"code":"C","message":"c."}}}}""",
        "HTTP 403, A: a. (C: c)")]
    [InlineData("""{"error":{"innererror":{"code":"C","message":"c."}}}""", "HTTP 403, C: c.")]
    [InlineData("""{"error":{"code":"A\nB","message":"one\r\ntwo\u001b[31m\u2028x"}}""", "HTTP 403, one two [31m x.")]
    [InlineData("""{"error":{"code":"A\n","message":"Because."}}""", "HTTP 403, Because.")]
    [InlineData("""{"error":{"code":7,"message":{}}}""", Nothing)]
    [InlineData("""{"error":{"code":"\ud800","message":"\ud800"}}""", Nothing)]
    [InlineData("""{"error":[{"code":"A"}]}""", Nothing)]
    [InlineData("""{"error":{"code":"A","mess""", Nothing)]
    [InlineData("""["A"]""", Nothing)]
    [InlineData("", Nothing)]
    [InlineData("Forbidden", Nothing)]
    [InlineData(" <html>Forbidden</html>", "HTTP 403 with a web page.")]
    public async Task The_reason_is_one_line(string body, string reason)
    {
        CredentialTest test = await TryAsync(new Fault { Status = 403, Body = body, ContentType = "application/json" });
        Assert.Equal((403, reason), (test.StatusCode, test.Reason));
    }

    [Fact]
    public async Task Message_and_body_are_read_up_to_a_limit()
    {
        string message = new('x', 50_000);
        CredentialTest test = await TryAsync(new Fault
        {
            Status = 403,
            Body = $$$"""{"error":{"code":"A","message":"{{{message}}}"}}""",
        });
        Assert.InRange(test.Reason!.Length, 100, 1200);

        // It goes on for longer than anybody reads.
        test = await TryAsync(new Fault { Status = 403, Body = "x", BodySize = 3_000_000_000 });
        Assert.Equal((403, Nothing), (test.StatusCode, test.Reason));
    }

    [Fact]
    public async Task A_body_that_breaks_off_does_not_cost_its_status()
    {
        CredentialTest test = await TryAsync(new Fault { Status = 403, Body = """{"error":{}}""", CutAfter = 3 });
        Assert.Equal((CredentialTestStatus.Refused, 403), (test.Status, test.StatusCode));
    }

    [Theory]
    [InlineData(403, "AuthorizationFailed", "role")]
    [InlineData(401, "AuthorizationFailed", "role")]
    [InlineData(403, "Forbidden", "role")]
    [InlineData(401, "AuthenticationFailed", "clock")]
    [InlineData(403, "InvalidAuthenticationToken", "clock")]
    [InlineData(401, "ExpiredAuthenticationToken", "clock")]
    [InlineData(401, "InvalidTokenError", "clock")]
    [InlineData(401, "InvalidAuthenticationTokenAudience", "another audience or cloud")]
    [InlineData(403, "InvalidAuthenticationTokenAudience", "another audience or cloud")]
    [InlineData(401, "InvalidAuthenticationTokenTenant", "another tenant")]
    [InlineData(403, "NspValidationFailedError", "network")]
    [InlineData(403, "RequestDisallowedByPolicy", "no role changes that")]
    public async Task The_code_decides_the_action(int status, string code, string missing)
    {
        CredentialTest test = await TryAsync(new Fault
        {
            Status = status,
            Body = $$$"""{"error":{"code":"{{{code}}}","message":"No."}}""",
        });
        Assert.Equal((CredentialTestStatus.Refused, status), (test.Status, test.StatusCode));
        Assert.Contains(missing, test.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://elsewhere.example/x", "HTTP 307, which redirects to elsewhere.example.")]
    [InlineData("/relative", "HTTP 307, without a reason.")]
    public async Task A_redirect_names_its_host(string location, string reason)
    {
        CredentialTest test = await TryAsync(new Fault
        {
            Status = 307,
            Headers = new Dictionary<string, string> { ["Location"] = location },
        });
        Assert.Equal((CredentialTestStatus.Inconclusive, reason), (test.Status, test.Reason));
    }

    [Fact]
    public async Task Every_resource_of_every_cloud_has_its_advice()
    {
        string[] roles = ["Reader", "Monitoring Metrics Publisher", "Grafana Viewer"];
        foreach (MonitorResource resource in AzureEnvironment.Known.SelectMany(ResourceCatalog.In)
            .Where(resource => resource.Audience is not null))
        {
            string host = resource.Hosts[^1].Replace("*", "x", StringComparison.Ordinal);
            Emulator.Faults.Clear();
            Emulator.Faults.Add(new Fault { Status = 403, Match = new FaultMatch { Host = host } });
            CredentialTest test = await TryAsync(new Uri($"https://{host}/"), resource.Cloud);
            Assert.Equal((CredentialTestStatus.Refused, 403), (test.Status, test.StatusCode));
            Assert.Contains(roles, role => test.RecommendedAction!.Contains(role, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task No_host_but_those_of_the_catalog_is_asked()
    {
        TokenException error = await Assert.ThrowsAsync<TokenException>(
            () => TryAsync(new Uri("https://graph.microsoft.com/v1.0/me"), AzureEnvironment.AzureCloud));
        Assert.Equal(TokenError.InvalidResource, error.Error);
        Assert.Empty(Requests);
    }

    private Task<CredentialTest> TryAsync(Fault fault)
    {
        Emulator.Faults.Clear();
        Emulator.Faults.Add(fault with { Match = new FaultMatch { Host = Workspace.Host } });
        return TryAsync(Workspace, AzureEnvironment.AzureCloud);
    }

    private async Task<CredentialTest> TryAsync(Uri endpoint, AzureEnvironment cloud)
    {
        Credential credential = CredentialCatalog.Create(ClientSecret() with { Authority = Authority.For(cloud) });
        return Assert.Single(await CredentialTests.RunAsync(
            credential,
            TokenRequest.ForResource("ResourceManager", cloud) with { Timeout = TimeSpan.FromSeconds(60) },
            endpoint,
            Caller,
            Stop));
    }
}
