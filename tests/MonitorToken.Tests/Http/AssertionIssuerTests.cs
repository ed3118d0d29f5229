using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Http;

/// <summary>A job's own token goes to whom the job named, and over TLS.</summary>
public sealed class AssertionIssuerTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Theory]
    [InlineData("GitHubActions", "http://oidc.example/token?x=1")]
    [InlineData("GitHubActions", "http://login.microsoftonline.com/token")]
    [InlineData("AzurePipelines", "http://oidc.example/oidctoken")]
    [InlineData("AzurePipelines", "ftp://oidc.example/oidctoken")]
    public async Task A_job_s_token_is_not_sent_without_TLS(string way, string address)
    {
        TokenException error = await FailAsync(Job(way, address));

        Assert.Equal(TokenError.InvalidAuthority, error.Error);
        Assert.Contains("without TLS", error.Message, StringComparison.Ordinal);
        Assert.Empty(Requests);
    }

    [Theory]
    [InlineData("GitHubActions")]
    [InlineData("AzurePipelines")]
    public async Task What_is_no_address_is_told(string way)
    {
        TokenException error = await FailAsync(Job(way, "oidctoken"));

        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains("isn't set to a valid URI", error.Message, StringComparison.Ordinal);
        Assert.Empty(Requests);
    }

    [Theory]
    [InlineData(nameof(AzureEnvironment.AzureCloud), "api://AzureADTokenExchange")]
    [InlineData(nameof(AzureEnvironment.AzureUSGovernment), "api://AzureADTokenExchangeUSGov")]
    [InlineData(nameof(AzureEnvironment.AzureChinaCloud), "api://AzureADTokenExchangeChina")]
    [InlineData("AzureBleuCloud", "api://AzureADTokenExchangeFrance")]
    [InlineData("AzureGermanyCloud", "api://AzureADTokenExchangeGermany")]
    [InlineData("GovSGCloud", "api://AzureADTokenExchangeGovSG")]
    [InlineData("USNat", "api://AzureADTokenExchangeUSNat")]
    [InlineData("USSec", "api://AzureADTokenExchangeUSSec")]
    public async Task GitHub_is_asked_for_the_audience_of_the_cloud(string name, string audience)
    {
        var cloud = AzureEnvironment.Parse(name);
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.Environment["EMULATOR_GITHUB_URL"]);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Emulator.Environment["EMULATOR_GITHUB_TOKEN"]);
        try
        {
            await GetAsync(
                Application("GitHubActions") with { Authority = Authority.For(cloud) },
                For("https://x.example"));
        }
        catch (TokenException)
        {
            // Whether the application trusts it is another matter.
        }

        Assert.Equal(audience, Requests[0].Query["audience"]);
    }

    /// <summary>What Entra says of an assertion is not a matter of who issued it, from whatever host it says so.</summary>
    [Fact]
    public async Task A_region_that_refuses_the_assertion_is_not_taken_for_GitHub()
    {
        Set("AZURE_REGIONAL_AUTHORITY_NAME", "westeurope");
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.Environment["EMULATOR_GITHUB_URL"]);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Emulator.Environment["EMULATOR_GITHUB_TOKEN"]);
        Emulator.Faults.Add(At("Entra", new Fault { Error = "AADSTS700213" }));

        TokenException error = await FailAsync(Application("GitHubActions"));

        Assert.Equal("AADSTS700213", error.ErrorCode);
        Assert.DoesNotContain("id-token", error.RecommendedAction, StringComparison.Ordinal);
    }

    private CredentialOptions Job(string way, string address)
    {
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", address);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "the-token-of-the-job");
        Set("SYSTEM_OIDCREQUESTURI", address);
        return Application(way) with
        {
            ServiceConnectionId = Guid.NewGuid().ToString(),
            SystemAccessToken = Secure("the-token-of-the-job"),
        };
    }
}
