using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>An application that trusts an identity elsewhere.</summary>
public sealed class FederatedTokenTests : EngineTest
{
    public FederatedTokenTests(EmulatorFixture fixture)
        : base(fixture) =>
        App.AddFederatedCredential(Emulator.Issuers.Kubernetes.Url, Emulator.Issuers.Kubernetes.Subject);

    [Fact]
    public async Task A_federated_token_is_handed_on_and_another_one_gets_another_token()
    {
        string assertion = Emulator.Issuers.Kubernetes.Issue();
        await GetAsync(Application("FederatedToken") with { FederatedToken = Secure(assertion) });
        Assert.Equal(assertion, Assert.Single(Requests).Form["client_assertion"]);

        string other = Emulator.Issuers.Kubernetes.Issue();
        await GetAsync(Application("FederatedToken") with { FederatedToken = Secure(other) });
        Assert.Equal(2, Requests.Count);
        Assert.Equal(other, Requests[1].Form["client_assertion"]);
    }

    [Fact]
    public async Task A_federated_token_is_good_for_one_resource_after_the_other_until_it_expires()
    {
        CredentialOptions options = Application("FederatedToken") with
        {
            FederatedToken = Secure(Emulator.Issuers.Kubernetes.Issue()),
        };
        await GetAsync(options);
        await GetAsync(options, For("ResourceManager"));
        Assert.Equal(2, Requests.Count);
        Assert.Equal(Requests[0].Form["client_assertion"], Requests[1].Form["client_assertion"]);

        string past = Emulator.Issuers.Kubernetes.Issue(lifetime: TimeSpan.FromMinutes(-1));
        TokenException expired = await FailAsync(Application("FederatedToken") with { FederatedToken = Secure(past) });
        Assert.Equal((TokenError.AuthenticationFailed, "AADSTS700024"), (expired.Error, expired.ErrorCode));
    }

    [Fact]
    public async Task A_script_is_run_anew_for_each_request_and_not_for_a_token_from_memory()
    {
        int runs = 0;
        CredentialOptions options = Application("FederatedToken") with
        {
            FederatedTokenScript = _ =>
            {
                runs++;
                return Emulator.Issuers.Kubernetes.Issue();
            },
        };
        await GetAsync(options);
        await GetAsync(options);
        Assert.Equal(1, runs);
        await GetAsync(options, For("ResourceManager"));
        await GetAsync(options, For("LogAnalytics") with { ForceRefresh = true });
        Assert.Equal(3, runs);
    }
}
