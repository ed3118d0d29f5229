using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>A pod with the token file of its service account.</summary>
public sealed class WorkloadIdentityTests : EngineTest
{
    public WorkloadIdentityTests(EmulatorFixture fixture)
        : base(fixture) =>
        App.AddFederatedCredential(Emulator.Issuers.Kubernetes.Url, Emulator.Issuers.Kubernetes.Subject);

    [Fact]
    public async Task A_workload_identity_s_file_is_read_anew_for_each_request()
    {
        string file = Path.Combine(Folder, "token");
        CredentialOptions options = Application("WorkloadIdentity") with { TokenFilePath = file };
        File.WriteAllText(file, Emulator.Issuers.Kubernetes.Issue());
        await GetAsync(options);
        File.WriteAllText(file, Emulator.Issuers.Kubernetes.Issue());
        AccessToken token = await GetAsync(options, For("LogAnalytics") with { ForceRefresh = true });

        Assert.Equal(("WorkloadIdentity", App.ClientId), (token.CredentialName, token.Identity));
        string[] assertions = [.. Requests.Select(request => request.Form["client_assertion"])];
        Assert.Equal(2, assertions.Distinct().Count());
        Assert.All(Requests, request => Assert.Equal(
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", request.Form["client_assertion_type"]));
    }

    [Fact]
    public async Task A_workload_identity_takes_what_the_webhook_has_set()
    {
        string file = Path.Combine(Folder, "token");
        File.WriteAllText(file, Emulator.Issuers.Kubernetes.Issue());
        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        Set("AZURE_CLIENT_ID", App.ClientId);
        Set("AZURE_FEDERATED_TOKEN_FILE", file);
        Assert.Equal("WorkloadIdentity", (await GetAsync(Options("Default"))).CredentialName);
    }

    [Fact]
    public async Task A_workload_identity_that_is_not_set_up_says_what_is_missing()
    {
        TokenException error = await FailAsync(Options("WorkloadIdentity"));
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains("AZURE_FEDERATED_TOKEN_FILE", error.Message, StringComparison.Ordinal);
    }
}
