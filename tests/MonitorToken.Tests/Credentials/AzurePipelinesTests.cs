using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>A pipeline that Azure DevOps vouches for.</summary>
public sealed class AzurePipelinesTests : EngineTest
{
    public AzurePipelinesTests(EmulatorFixture fixture)
        : base(fixture) =>
        App.AddFederatedCredential(Emulator.Issuers.AzurePipelines.Url, Emulator.Issuers.AzurePipelines.Subject);

    [Fact]
    public async Task Azure_Pipelines_is_asked_with_the_job_s_token()
    {
        Set("SYSTEM_OIDCREQUESTURI", Emulator.Environment["EMULATOR_PIPELINES_URL"]);
        Set("SYSTEM_ACCESSTOKEN", Emulator.Environment["EMULATOR_PIPELINES_TOKEN"]);
        CredentialOptions options = Application("AzurePipelines") with
        {
            ServiceConnectionId = Emulator.Environment["EMULATOR_SERVICE_CONNECTION_ID"],
        };

        AccessToken token = await GetAsync(options);
        await GetAsync(
            options with { SystemAccessToken = Secure(Emulator.Environment["EMULATOR_PIPELINES_TOKEN"]) },
            For("LogAnalytics") with { ForceRefresh = true });

        Assert.Equal(("AzurePipelines", App.ClientId), (token.CredentialName, token.Identity));
        Assert.Equal(
            "Bearer " + Emulator.Environment["EMULATOR_PIPELINES_TOKEN"],
            Requests[0].Headers["Authorization"]);
        Assert.Equal(options.ServiceConnectionId, Requests[0].Query["serviceConnectionId"]);
        Assert.Equal(2, Requests.Count(request => request.Form.ContainsKey("client_assertion")));
    }

    [Fact]
    public async Task A_pipeline_without_its_token_says_how_to_map_it()
    {
        Set("SYSTEM_OIDCREQUESTURI", Emulator.Environment["EMULATOR_PIPELINES_URL"]);
        Set("SYSTEM_ACCESSTOKEN", null);
        TokenException error = await FailAsync(Application("AzurePipelines") with { ServiceConnectionId = "x" });
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains("$(System.AccessToken)", error.RecommendedAction, StringComparison.Ordinal);
    }
}
