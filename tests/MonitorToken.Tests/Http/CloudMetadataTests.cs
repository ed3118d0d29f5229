using System.Text.Json;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Http;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Http;

/// <summary>
/// How a cloud describes itself. Each test has a domain of its own: a description is kept for the process.
/// </summary>
public sealed class CloudMetadataTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private static int _clouds;

    private readonly int _number = Interlocked.Increment(ref _clouds);

    private string Domain => $"d{_number}.fabrikam.example";

    private Uri ResourceManager => new($"https://management.{Domain}");

    public static TheoryData<string> ForeignLogins =>
    [
        "https://login.evil.example/",
        "https://evil.example/?https://login.{0}/",
        "https://login.{0}.evil.example/",
        "https://login.{0}@evil.example/",
        "https://evil.example\\@login.{0}/",
        "https://login.x{0}/",
        "https://{0}/",
        "https://login.fabrikam.example/",
        "https://login.microsoftonline.com.evil.example/",
        "https://login.microsoftonline.com:8443/",
        "https://login.microsoftonline.com/contoso",
        "https://lоgin.{0}/",
        "http://login.{0}/",
        "ftp://login.{0}/",
        "//login.{0}/",
        "login.{0}",
        " ",
    ];

    public static TheoryData<string> ForeignAudiences =>
    [
        "https://api.loganalytics.io",
        "https://vault.azure.net",
        "https://management.azure.com/",
        "https://api.{0}.evil.example",
        "https://evil.onmicrosoft.com.evil.example/x",
        "https://api.{0}@vault.azure.net",
        "http://api.{0}",
        "https://payroll.contoso.onmicrosoft.com/api",
        "00000003-0000-0000-c000-000000000000",
        "api://AzureADTokenExchange",
        "https://api.{0}/a b",
    ];

    [Fact]
    public async Task A_cloud_is_what_its_Resource_Manager_says()
    {
        Answer(Document());

        AzureEnvironment cloud = await ReadAsync();

        Assert.Equal($"Cloud-{_number}", cloud.Name);
        Assert.Equal($"https://login.{Domain}/", Authority.For(cloud).Host.AbsoluteUri);
        Assert.Equal($"https://management.{Domain}", ResourceCatalog.ByName("ARM", cloud).Audience);
        Assert.Equal($"https://api.loganalytics.{Domain}", ResourceCatalog.ByName("Logs", cloud).Audience);
        Assert.Equal($"https://api.insights.{Domain}/", ResourceCatalog.ByName("AppInsights", cloud).Audience);
        TokenException error = Assert.Throws<TokenException>(() => ResourceCatalog.ByName("Prometheus", cloud));
        Assert.Contains("No audience is known for Prometheus in Cloud-", error.Message, StringComparison.Ordinal);
        var endpoint = new Uri($"https://north.api.loganalytics.{Domain}/v1/workspaces");
        Assert.Same(cloud, ResourceCatalog.ByEndpoint(endpoint).Cloud);
        Assert.Same(cloud, AzureEnvironment.Parse($"cloud-{_number}"));
        Assert.Equal(
            [("GET", $"management.{Domain}", "/metadata/endpoints")],
            Requests.Select(request => (request.Method, request.Host, request.Path)));

        // Held for the process.
        Assert.Same(cloud, await ReadAsync());
        Assert.Single(Requests);
    }

    [Fact]
    public async Task Of_a_list_the_cloud_takes_its_own_entry()
    {
        const string Other = """
            {"name":"Other","resourceManager":"https://management.evil.example/",
            "authentication":{"loginEndpoint":"https://login.evil.example/"}}
            """;
        Answer($"[{Other},{Document()}]");

        Assert.Equal($"login.{Domain}", Authority.For(await ReadAsync()).Host.Host);
    }

    [Theory]
    [MemberData(nameof(ForeignLogins))]
    public async Task A_login_host_that_is_a_stranger_is_refused(string login)
    {
        Answer(Document(login: string.Format(null, login, Domain)));
        TokenException error = await FailAsync();

        Assert.Equal(TokenError.InvalidAuthority, error.Error);
        Assert.Contains(
            "which isn't a known authority host and doesn't belong to it", error.Message, StringComparison.Ordinal);
        Assert.Equal("/metadata/endpoints", Assert.Single(Requests).Path);
        Assert.Null(AzureEnvironment.DescribedBy(ResourceManager));
    }

    [Theory]
    [MemberData(nameof(ForeignAudiences))]
    public async Task An_audience_of_another_service_is_refused(string audience)
    {
        string foreign = string.Format(null, audience, Domain);
        foreach (string document in new[] { Document(logAnalytics: foreign), Document(audience: foreign) })
        {
            Answer(document);
            TokenException error = await FailAsync();
            Assert.Equal(TokenError.InvalidAuthority, error.Error);
            Assert.Contains("which doesn't belong to it", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Azure Stack Hub: Entra's login, and an application of the tenant as its audience.</summary>
    [Fact]
    public async Task A_known_login_host_and_an_audience_in_a_tenant_are_taken()
    {
        const string Application = "https://management.contoso.onmicrosoft.com/4de154de-f8a8-4017-af41-df619da68155";
        Answer(Document(login: "https://login.windows.net/", audience: Application));

        AzureEnvironment cloud = await ReadAsync();

        Assert.Equal("login.windows.net", Authority.For(cloud).Host.Host);
        Assert.Equal(Application, ResourceCatalog.ByName("ResourceManager", cloud).Audience);
        Assert.Equal("api://AzureADTokenExchange", TokenExchange.Audience(cloud));
        Assert.Equal(
            "ResourceManager", ResourceCatalog.ByEndpoint(new Uri(ResourceManager, "/subscriptions")).Name);
    }

    [Fact]
    public async Task A_cloud_that_is_known_in_part_is_completed()
    {
        var bleu = new Uri("https://management.sovcloud-api.fr");
        const string Document = """
            {"name":"AzureBleuCloud","authentication":{"loginEndpoint":"https://login.{0}","audiences":
            ["https://management.core.sovcloud-api.fr/","https://management.sovcloud-api.fr"]},
            "logAnalyticsResourceId":"https://api.loganalytics.azure.fr"}
            """;
        Answer(Document.Replace("{0}", "microsoftonline.com", StringComparison.Ordinal), bleu.Host);
        Assert.Equal(TokenError.InvalidAuthority, (await FailAsync(bleu)).Error);

        Answer(Document.Replace("{0}", "sovcloud-identity.fr/", StringComparison.Ordinal), bleu.Host);
        AzureEnvironment cloud = await CloudMetadata.ReadAsync(bleu, TimeSpan.FromSeconds(60), Caller, Stop);

        Assert.Equal("login.sovcloud-identity.fr", Authority.For(cloud).Host.Host);
        Assert.Equal("https://api.loganalytics.azure.fr", ResourceCatalog.ByName("LogAnalytics", cloud).Audience);
        Assert.Equal("https://monitor.sovcloud-api.fr/", ResourceCatalog.ByName("LogsIngestion", cloud).Audience);
        Assert.Equal("api://AzureADTokenExchangeFrance", TokenExchange.Audience(cloud));
    }

    [Fact]
    public async Task On_loopback_it_may_be_plain_http()
    {
        Uri local = Emulator.HttpAddress;
        string login = $"https://{local.Host}:{Emulator.HttpsAddress.Port}/";
        Emulator.Faults.Add(new Fault
        {
            Status = 200,
            Body = $$$"""
                {"authentication":{"loginEndpoint":"{{{login}}}","audiences":["https://{{{local.Host}}}/arm"]}}
                """,
            Match = new FaultMatch { Path = "/metadata/endpoints" },
        });

        AzureEnvironment cloud = await ReadAsync(local);

        // A cloud without a name of its own has its address for one.
        Assert.Equal((local.Authority, login), (cloud.Name, Authority.For(cloud).Host.AbsoluteUri));
        Assert.Equal($"https://{local.Host}/arm", ResourceCatalog.ByName("ARM", cloud).Audience);
    }

    [Fact]
    public async Task A_cloud_that_is_known_is_not_asked()
    {
        Assert.Same(AzureEnvironment.AzureCloud, await ReadAsync(new Uri("https://management.azure.com/")));
        Assert.Empty(Requests);
    }

    [Theory]
    [InlineData("<html>Sign in</html>", "isn't JSON")]
    [InlineData("", "isn't JSON")]
    [InlineData("{\"authentication\":", "isn't JSON")]
    [InlineData("[]", "without a description of its own cloud")]
    [InlineData("[{\"resourceManager\":\"https://management.evil.example\"}]", "without a description of its own")]
    [InlineData("\"x\"", "without a description of its own cloud")]
    [InlineData("{}", "without a login endpoint")]
    [InlineData("{\"authentication\":[]}", "without a login endpoint")]
    [InlineData("{\"authentication\":{\"loginEndpoint\":7}}", "without a login endpoint")]
    public async Task What_is_no_description_is_an_error(string body, string said)
    {
        Answer(body);
        TokenException error = await FailAsync();
        Assert.Equal(TokenError.InvalidResponse, error.Error);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirection_is_not_followed()
    {
        Add(new Fault
        {
            Status = 302,
            Headers = new Dictionary<string, string> { ["Location"] = "https://api.loganalytics.io/x" },
        });
        TokenException error = await FailAsync();
        Assert.Equal(TokenError.InvalidResponse, error.Error);
        Assert.Contains("returned HTTP 302", error.Message, StringComparison.Ordinal);
        Assert.Single(Requests);
    }

    public static TheoryData<string> Failures => ["huge", "503", "429", "404", "dropped", "cut off", "silent"];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task What_does_not_come_is_an_error_in_time(string failure)
    {
        (Fault fault, TokenError expected) = failure switch
        {
            "huge" => (new Fault { Body = " ", BodySize = 2 * 1024 * 1024 }, TokenError.InvalidResponse),
            "404" => (new Fault { Status = 404 }, TokenError.InvalidResponse),
            "503" => (new Fault { Status = 503 }, TokenError.AuthorityUnreachable),
            "429" => (new Fault { Status = 429 }, TokenError.AuthorityUnreachable),
            "dropped" => (new Fault { Drop = true }, TokenError.AuthorityUnreachable),
            "cut off" => (new Fault { Body = Document(), CutAfter = 20 }, TokenError.AuthorityUnreachable),
            _ => (new Fault { Hang = true }, TokenError.Timeout),
        };
        Add(fault);
        TokenException error = await FailAsync(limit: failure == "silent" ? TimeSpan.FromMilliseconds(300) : null);
        Assert.Equal(expected, error.Error);
        Assert.Contains($"management.{Domain}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://management.fabrikam.example")]
    [InlineData("https://management.fabrikam.example/metadata")]
    [InlineData("https://management.fabrikam.example?x=1")]
    [InlineData("https://management.fabrikam.example#x")]
    [InlineData("https://management.fabrikam.example@evil.example")]
    [InlineData("https:\\\\management.fabrikam.example")]
    [InlineData("management.fabrikam.example")]
    [InlineData("ftp://management.fabrikam.example")]
    public async Task A_Resource_Manager_is_an_https_host_and_no_more(string address)
    {
        TokenException error = await FailAsync(new Uri(address, UriKind.RelativeOrAbsolute));
        Assert.Equal(TokenError.InvalidAuthority, error.Error);
        Assert.Empty(Requests);
    }

    [Theory]
    [InlineData("management.sovcloud-api.fr", "sovcloud-api.fr")]
    [InlineData("management.local.azurestack.external", "local.azurestack.external")]
    [InlineData("adminmanagement.local.azurestack.external", "local.azurestack.external")]
    [InlineData("management.com", null)]
    [InlineData("management.co.uk", null)]
    [InlineData("management.com.au", null)]
    [InlineData("fabrikam.azurewebsites.net", null)]
    [InlineData("management", null)]
    [InlineData("10.0.0.1", null)]
    [InlineData("[::1]", null)]
    public void Nobody_shares_aDomain_in_which_anybody_has_a_name(string host, string? domain) =>
        Assert.Equal(domain, CloudMetadata.DomainOf(new Uri($"https://{host}")));

    private string Document(string? login = null, string? audience = null, string? logAnalytics = null) =>
        $$"""
            {"name":"Cloud-{{_number}}","resourceManager":"https://management.{{Domain}}/","authentication":{
            "loginEndpoint":{{Json(login ?? $"https://login.{Domain}/")}},"audiences":[
            {{(audience is null
                ? $"\"https://core.{Domain}/\",\"https://management.{Domain}\""
                : Json(audience))}}],
            "tenant":"Common","identityProvider":"AAD"},
            "logAnalyticsResourceId":{{Json(logAnalytics ?? $"https://api.loganalytics.{Domain}")}},
            "appInsightsResourceId":"https://api.insights.{{Domain}}/"}
            """;

    private static string Json(string text) => JsonSerializer.Serialize(text);

    private void Answer(string body, string? host = null)
    {
        Emulator.Faults.Clear();
        Add(new Fault { Status = 200, Body = body }, host);
    }

    private void Add(Fault fault, string? host = null) => Emulator.Faults.Add(
        fault with { Match = new FaultMatch { Host = host ?? ResourceManager.Host, Listener = Listener.Https } });

    private Task<AzureEnvironment> ReadAsync(Uri? resourceManager = null, TimeSpan? limit = null) =>
        CloudMetadata.ReadAsync(resourceManager ?? ResourceManager, limit ?? TimeSpan.FromSeconds(60), Caller, Stop);

    private async Task<TokenException> FailAsync(Uri? resourceManager = null, TimeSpan? limit = null) =>
        await Assert.ThrowsAsync<TokenException>(() => ReadAsync(resourceManager, limit));
}
