using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

public sealed class ClientSecretTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task A_first_token_is_one_request()
    {
        AccessToken token = await GetAsync(ClientSecret());

        RecordedRequest request = Assert.Single(Requests);
        Assert.Equal(
            $"POST https://login.microsoftonline.com/{Emulator.Directory.Tenant.Id}/oauth2/v2.0/token",
            $"{request.Method} {request.Scheme}://{request.Host}{request.Path}");
        Assert.Equal("client_credentials", request.Form["grant_type"]);
        Assert.Equal(LogAnalytics + "/.default", request.Form["scope"]);
        Assert.Equal(App.ClientId, request.Form["client_id"]);
        Assert.Equal(App.Secret, request.Form["client_secret"]);

        Assert.Equal(LogAnalytics, token.Resource);
        Assert.Equal("LogAnalytics", token.ResourceName);
        Assert.Equal("Bearer", token.TokenType);
        Assert.Equal(Emulator.Directory.Tenant.Id.ToString(), token.TenantId);
        Assert.Equal(App.ClientId, token.Identity);
        Assert.Equal("ClientSecret", token.CredentialName);
        Assert.Equal(TimeSpan.Zero, token.ExpiresOn.Offset);
        Assert.InRange(token.ExpiresIn, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(61));
        Assert.True(token.NotBefore <= DateTimeOffset.UtcNow && token.RefreshOn < token.ExpiresOn);
    }

    [Theory]
    [InlineData("LogsIngestion", "https://monitor.azure.com//.default")]
    [InlineData("CustomMetrics", "https://monitoring.azure.com//.default")]
    [InlineData("https://monitoring.azure.com", "https://monitoring.azure.com/.default")]
    [InlineData("https://api.loganalytics.io/", "https://api.loganalytics.io//.default")]
    [InlineData("https://management.azure.com", "https://management.azure.com/.default")]
    public async Task The_scope_keeps_every_byte_of_the_audience(string resource, string scope)
    {
        await GetAsync(ClientSecret(), For(resource));
        Assert.Equal(scope, Assert.Single(Requests).Form["scope"]);
    }

    [Fact]
    public async Task The_v1_request_is_the_documented_one()
    {
        AccessToken token = await GetAsync(
            ClientSecret() with { UseV1Endpoint = true },
            For("https://monitoring.azure.com"));

        RecordedRequest request = Assert.Single(Requests);
        Assert.Equal($"POST /{Emulator.Directory.Tenant.Id}/oauth2/token", $"{request.Method} {request.Target}");
        Assert.Equal("application/x-www-form-urlencoded", request.Headers["Content-Type"]);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = App.ClientId,
                ["client_secret"] = App.Secret,
                ["resource"] = "https://monitoring.azure.com",
            },
            request.Form);
        Assert.Equal(App.ClientId, token.Identity);
        Assert.InRange(token.ExpiresIn, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(61));
    }

    [Fact]
    public async Task The_v1_endpoint_takes_no_scopes() =>
        Assert.Equal(TokenError.InvalidResource, (await FailAsync(
            ClientSecret() with { UseV1Endpoint = true },
            TokenRequest.ForScopes(["x/.default"]))).Error);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_secret_with_signs_of_a_form_arrives_unharmed(bool v1)
    {
        string secret = App.AddSecret("a+b&c=d%20e/ü ~?#");
        await GetAsync(ClientSecret(secret) with { UseV1Endpoint = v1 });
        Assert.Equal(secret, Assert.Single(Requests).Form["client_secret"]);
    }

    [Theory]
    [InlineData(
        nameof(AzureEnvironment.AzureUSGovernment),
        "login.microsoftonline.us",
        "https://api.loganalytics.us/.default")]
    [InlineData(
        nameof(AzureEnvironment.AzureChinaCloud),
        "login.chinacloudapi.cn",
        "https://api.loganalytics.azure.cn/.default")]
    public async Task Each_cloud_has_its_authority_and_needs_no_discovery(
        string name,
        string host,
        string scope)
    {
        var environment = AzureEnvironment.Parse(name);
        await GetAsync(
            ClientSecret() with { Authority = Authority.For(environment) },
            TokenRequest.ForResource("LogAnalytics", environment));

        RecordedRequest request = Assert.Single(Requests);
        Assert.Equal((host, scope), (request.Host, request.Form["scope"]));
    }

    [Fact]
    public async Task A_private_authority_is_used_without_asking_Microsoft_when_told_so()
    {
        await GetAsync(
            ClientSecret() with { Authority = Authority.For(Emulator.HttpsAddress), DisableInstanceDiscovery = true },
            For(LogAnalytics));
        Assert.Equal("localhost", Assert.Single(Requests).Host);
    }

    [Fact]
    public async Task A_claims_request_goes_along()
    {
        const string Claims = """{"access_token":{"acrs":{"essential":true,"value":"c1"}}}""";
        await GetAsync(ClientSecret(), For("LogAnalytics") with { Claims = Claims });
        Assert.Contains("\"acrs\"", Assert.Single(Requests).Form["claims"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_no_JWT_is_a_token_all_the_same()
    {
        Emulator.Faults.Add(new Fault { AccessToken = "opaque-token-1" });
        AccessToken token = await GetAsync(ClientSecret());
        Assert.Equal("opaque-token-1", token.GetPlainText());
        Assert.Equal(App.ClientId, token.Identity);
        Assert.Equal(Emulator.Directory.Tenant.Id.ToString(), token.TenantId);
    }
}
