using MonitorToken.Engine.Caching;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Http;

/// <summary>
/// To whom a secret may go: the authority that was named, where Entra knows it, under each of its names; and nobody else.
/// </summary>
public sealed class AuthorityTests : EngineTest
{
    private const string Discovery = "/common/discovery/instance";

    public AuthorityTests(EmulatorFixture fixture)
        : base(fixture) =>
        ProcessMemory.Clear();

    public static TheoryData<string> Ways => [.. WaysOfSigningIn];

    private static readonly string[] WaysOfSigningIn =
        ["v1", "v2", "Certificate", "FederatedToken", "OnBehalfOf", "Environment", "WorkloadIdentity", "DeviceCode"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Nothing_is_sent_to_an_authority_that_Entra_does_not_know(string way)
    {
        CredentialOptions options = Way(way) with { Authority = Authority.For(new Uri("https://graph.microsoft.com")) };

        TokenException error = await FailAsync(options, For(LogAnalytics));

        Assert.Equal((TokenError.InvalidAuthority, "AADSTS50049"), (error.Error, error.ErrorCode));
        Assert.Contains("graph.microsoft.com", error.Message, StringComparison.Ordinal);
        Assert.Contains("-DisableInstanceDiscovery", error.RecommendedAction, StringComparison.Ordinal);
        RecordedRequest request = Assert.Single(Requests);
        Assert.Equal(
            ("login.microsoftonline.com", Discovery, "https://graph.microsoft.com"),
            (request.Host,
                request.Path,
                new Uri(request.Query["authorization_endpoint"]).GetLeftPart(UriPartial.Authority)));
        Assert.Empty(Caller.Shown);
    }

    [Fact]
    public async Task The_browser_is_not_opened_at_an_authority_that_Entra_does_not_know()
    {
        TokenException error = await FailAsync(
            Application("Interactive") with { Authority = Authority.For(new Uri("https://graph.microsoft.com")) },
            For(LogAnalytics));

        Assert.Equal(TokenError.InvalidAuthority, error.Error);
        Assert.Equal(Discovery, Assert.Single(Requests).Path);
    }

    /// <summary>What does not go there does not need it to be known.</summary>
    [Fact]
    public async Task A_managed_identity_does_not_ask_about_an_authority()
    {
        var unknown = Authority.For(new Uri("https://graph.microsoft.com"));
        // In the default chain, the environment describes nobody, so that nobody is asked there either.
        foreach (string way in new[] { "ManagedIdentity", "Default" })
        {
            AccessToken token = await GetAsync(Options(way) with { Authority = unknown }, For(LogAnalytics));
            Assert.Equal("ManagedIdentity", token.CredentialName);
        }

        Assert.DoesNotContain(Requests, request => request.Path == Discovery);
    }

    [Fact]
    public async Task Nothing_is_sent_to_the_authority_of_AZURE_AUTHORITY_HOST_that_Entra_does_not_know()
    {
        Set("AZURE_AUTHORITY_HOST", "https://graph.microsoft.com/");
        TokenException error = await FailAsync(
            ClientSecret() with { Authority = Authority.FromProcess() }, For(LogAnalytics));

        Assert.Equal(TokenError.InvalidAuthority, error.Error);
        Assert.All(Requests, request => Assert.Equal("login.microsoftonline.com", request.Host));
    }

    /// <summary>MSAL would go on, and send the secret to the host that nobody has vouched for.</summary>
    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task Nothing_is_sent_to_a_private_authority_while_Entra_cannot_be_asked(string way)
    {
        UseFakeClock();
        CredentialOptions options = Way(way) with { Authority = Authority.For(Emulator.HttpsAddress) };
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = Discovery }, Status = 503 });

        TokenException error = await FailAsync(options, For(LogAnalytics));

        Assert.Equal(TokenError.AuthorityUnreachable, error.Error);
        Assert.Contains("-DisableInstanceDiscovery", error.RecommendedAction, StringComparison.Ordinal);
        Assert.All(Requests, request => Assert.Equal(Discovery, request.Path));
    }

    /// <summary>Somebody else's refusal is not Entra's, and lets nothing through either.</summary>
    [Theory]
    [InlineData(403, """{"error":"blocked_by_policy"}""")]
    [InlineData(403, "<html>Blocked</html>")]
    [InlineData(200, "{}")]
    [InlineData(200, "<html>Sign in to the guest network</html>")]
    public async Task What_is_not_Entra_s_answer_is_told_as_that(int status, string body)
    {
        CredentialOptions options = ClientSecret() with { Authority = Authority.For(Emulator.HttpsAddress) };
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = Discovery }, Status = status, Body = body });

        TokenException error = await FailAsync(options, For(LogAnalytics));

        Assert.Equal(TokenError.InvalidResponse, error.Error);
        Assert.All(Requests, request => Assert.Equal(Discovery, request.Path));
    }

    /// <summary>In a process of its own: what Entra has said holds for the process.</summary>
    [Fact]
    public Task A_private_authority_is_asked_about_once() =>
        OwnProcess.RunAsync($"{typeof(AuthorityTests).FullName}.{nameof(Asked_about_once)}");

    [Fact(Explicit = true)]
    public async Task Asked_about_once()
    {
        // No service here knows a private one, so the answer that Entra gives for its own stands in.
        Emulator.Faults.Add(new Fault
        {
            Match = new FaultMatch { Path = Discovery },
            Body = """{"tenant_discovery_endpoint":"https://localhost/common/.well-known/openid-configuration"}""",
        });
        foreach (string way in WaysOfSigningIn[..3])
            await GetAsync(Way(way) with { Authority = Authority.For(Emulator.HttpsAddress) }, For(LogAnalytics));

        Assert.Equal(Discovery, Requests[0].Path);
        Assert.Equal(3, Requests.Count(request => request.Host == "localhost" && request.Method == "POST"));
        Assert.Equal(4, Requests.Count);
    }

    public static TheoryData<string, string> Aliases => new()
    {
        { "login.windows.net", nameof(AzureEnvironment.AzureCloud) },
        { "login.microsoft.com", nameof(AzureEnvironment.AzureCloud) },
        { "sts.windows.net", nameof(AzureEnvironment.AzureCloud) },
        { "westeurope.login.microsoft.com", nameof(AzureEnvironment.AzureCloud) },
        { "login.usgovcloudapi.net", nameof(AzureEnvironment.AzureUSGovernment) },
        { "usgovvirginia.login.microsoftonline.us", nameof(AzureEnvironment.AzureUSGovernment) },
        { "login.partner.microsoftonline.cn", nameof(AzureEnvironment.AzureChinaCloud) },
        { "chinaeast2.login.partner.microsoftonline.cn", nameof(AzureEnvironment.AzureChinaCloud) },
    };

    [Theory]
    [MemberData(nameof(Aliases))]
    public async Task Another_name_of_Entra_is_its_cloud_and_reads_like_it(string host, string name)
    {
        var cloud = AzureEnvironment.Parse(name);
        var authority = Authority.For(new Uri($"https://{host}"));
        Assert.Equal(cloud, authority.Environment);

        foreach (string way in new[] { "v1", "v2" })
        {
            AccessToken token = await GetAsync(
                Way(way) with { Authority = authority }, TokenRequest.ForResource("LogAnalytics", cloud));
            Assert.Equal("LogAnalytics", token.ResourceName);

            CredentialOptions wrong = Way(way) with { Authority = authority, ClientSecret = Secure("wrong") };
            TokenException error = await FailAsync(wrong, TokenRequest.ForResource("LogAnalytics", cloud));
            Assert.Equal((TokenError.AuthenticationFailed, "AADSTS7000215"), (error.Error, error.ErrorCode));
            Assert.NotNull(error.CorrelationId);

            error = await FailAsync(Way(way) with { Authority = authority }, For("https://nosuch.example.com"));
            Assert.Equal((TokenError.ResourceNotFound, "AADSTS500011"), (error.Error, error.ErrorCode));
        }

        Assert.All(Requests, request => Assert.Equal(host, request.Host));
    }

    [Theory]
    [InlineData("login.microsoft.com.evil.example")]
    [InlineData("evillogin.microsoft.com")]
    [InlineData("a.b.login.microsoft.com")]
    [InlineData("a-b.login.microsoft.com")]
    [InlineData("westeurope.login.windows.net")]
    [InlineData("login.windows.net.")]
    [InlineData("ciamlogin.com")]
    [InlineData("contoso.ciamlogin.com.evil.example")]
    public void A_look_alike_is_not_Entra(string host)
    {
        var authority = Authority.For(new Uri($"https://{host}"));
        Assert.Null(authority.Environment);
        Assert.False(authority.IsEntra);
    }

    [Theory]
    [InlineData("https://login.microsoftonline.com/contoso")]
    [InlineData("https://login.microsoftonline.com/?x")]
    [InlineData("https://login.microsoftonline.com/#x")]
    [InlineData("https://login.microsoftonline.com@graph.microsoft.com")]
    [InlineData("http://login.microsoftonline.com")]
    [InlineData("mailto:x@y.example")]
    public void An_authority_host_is_a_host_and_no_more(string address) =>
        Assert.Equal(
            TokenError.InvalidAuthority,
            Assert.Throws<TokenException>(() => Authority.For(new Uri(address))).Error);

    [Theory]
    [InlineData("https://login.microsoftonline.us")]
    [InlineData("https://login.microsoftonline.us/")]
    [InlineData("https://login.microsoftonline.us/contoso")]
    public void A_tenant_in_AZURE_AUTHORITY_HOST_is_left_out(string address)
    {
        Set("AZURE_AUTHORITY_HOST", address);
        Assert.Equal(AzureEnvironment.AzureUSGovernment, Authority.FromProcess().Environment);
    }

    [Fact]
    public void Another_port_is_not_Entra() =>
        Assert.False(Authority.For(new Uri("https://login.microsoftonline.com:8443")).IsEntra);

    [Fact]
    public async Task A_device_code_is_waited_for_at_an_alias()
    {
        CredentialOptions person = Person() with { Authority = Authority.For(new Uri("https://login.windows.net")) };
        // The first poll finds it pending.
        Emulator.Faults.Add(new Fault
        {
            Match = new FaultMatch { Path = "^/[^/]+/oauth2/v2.0/token" },
            Times = 1,
            Error = "AADSTS70016",
        });

        AccessToken token = await GetAsync(person);

        Assert.Equal("DeviceCode", token.CredentialName);
        Assert.True(Requests.Count(request => request.Path.EndsWith("/token", StringComparison.Ordinal)) >= 2);
    }

    [Theory]
    [InlineData("AZURE_REGIONAL_AUTHORITY_NAME")]
    [InlineData("MSAL_FORCE_REGION")]
    public async Task A_region_reads_like_its_authority(string variable)
    {
        Set(variable, "westeurope");

        await GetAsync(ClientSecret());
        TokenException error = await FailAsync(ClientSecret("wrong"));
        Assert.Equal((TokenError.AuthenticationFailed, "AADSTS7000215"), (error.Error, error.ErrorCode));
        error = await FailAsync(ClientSecret(), For("https://nosuch.example.com"));
        Assert.Equal(TokenError.ResourceNotFound, error.Error);

        const string Claims = """{"access_token":{"capolids":{"essential":true,"values":["x"]}}}""";
        Emulator.Faults.Add(new Fault
        {
            Error = EntraError.FromCode("AADSTS53003") with { Claims = Claims },
        });
        error = await FailAsync(ClientSecret(), For("Prometheus"));
        Assert.Equal((TokenError.AuthenticationFailed, Claims), (error.Error, error.Claims));
        Assert.All(Requests, request => Assert.Equal("westeurope.login.microsoft.com", request.Host));
    }

    /// <summary>A region that is none, by which a secret would go to another host.</summary>
    [Theory]
    [InlineData("evil.example/")]
    [InlineData("evil.example#")]
    [InlineData("evil.example?")]
    [InlineData("user@evil.example:443/")]
    [InlineData("a.b")]
    public async Task A_forged_region_leads_nowhere_else(string region)
    {
        Set("AZURE_REGIONAL_AUTHORITY_NAME", region);
        try
        {
            await GetAsync(ClientSecret());
        }
        catch (TokenException)
        {
            // Refused is as good.
        }

        Assert.All(Requests, request => Assert.Equal("login.microsoftonline.com", request.Host));
    }

    private CredentialOptions Way(string way)
    {
        switch (way)
        {
            case "v1":
            case "v2":
                return ClientSecret() with { UseV1Endpoint = way == "v1" };
            case "Certificate":
                return Application("Certificate") with { Certificate = Registered() };
            case "FederatedToken":
                return Application("FederatedToken") with { FederatedToken = Secure("e30.e30.e30") };
            case "OnBehalfOf":
                return ClientSecret() with { Name = "OnBehalfOf", UserAssertion = Secure("e30.e30.e30") };
            case "Environment":
                Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
                Set("AZURE_CLIENT_ID", App.ClientId);
                Set("AZURE_CLIENT_SECRET", App.Secret);
                return Options("Environment");
            case "WorkloadIdentity":
                string file = Path.Combine(Folder, "token");
                File.WriteAllText(file, "e30.e30.e30");
                return Application("WorkloadIdentity") with { TokenFilePath = file };
            default:
                return Person();
        }
    }

    private System.Security.Cryptography.X509Certificates.X509Certificate2 Registered()
    {
        var certificate = CreateCertificate();
        App.AddCertificate(certificate);
        return certificate;
    }
}
