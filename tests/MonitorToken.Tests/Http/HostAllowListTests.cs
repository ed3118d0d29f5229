using MonitorToken.Engine.Http;
using Xunit;

namespace MonitorToken.Tests.Http;

/// <summary>What the last step before the wire lets through.</summary>
public sealed class HostAllowListTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Theory]
    [InlineData("http://127.0.0.1:8081/msi", true)]
    [InlineData("http://localhost/msi", true)]
    [InlineData("http://[::1]:8081/msi", true)]
    [InlineData("http://169.254.129.2:8081/msi/token", true)]
    [InlineData("http://10.0.0.4/msi", true)]
    [InlineData("http://172.16.0.1/msi", true)]
    [InlineData("http://172.31.255.1/msi", true)]
    [InlineData("http://192.168.1.1/msi", true)]
    [InlineData("http://[fe80::1]/msi", true)]
    [InlineData("http://[fd00::1]/msi", true)]
    [InlineData("http://nmi/msi", true)]
    [InlineData("http://nmi.kube-system.svc.cluster.local/msi", true)]
    [InlineData("http://evil.example/msi", false)]
    [InlineData("http://172.32.0.1/msi", false)]
    [InlineData("http://11.0.0.1/msi", false)]
    [InlineData("http://[2001:db8::1]/msi", false)]
    [InlineData("http://10.0.0.4.evil.example/msi", false)]
    [InlineData("http://evil.example.local.example/msi", false)]
    public void A_host_s_own_endpoint_is_on_its_own_network(string address, bool expected) =>
        Assert.Equal(expected, HostAllowListHandler.IsOnLocalNetwork(new Uri(address)));

    [Fact]
    public async Task The_secret_of_a_host_does_not_go_out_in_clear()
    {
        Set("IDENTITY_ENDPOINT", "http://evil.example/msi/token");
        Set("IDENTITY_HEADER", "the-secret-of-the-host");

        TokenException error = await FailAsync(Options("ManagedIdentity"));

        Assert.Equal(TokenError.InvalidAuthority, error.Error);
        Assert.Contains("without TLS", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("the-secret", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(Requests);
    }

    [Fact]
    public async Task A_password_in_an_address_is_not_logged()
    {
        Set("MSI_ENDPOINT", Emulator.Environment["EMULATOR_CLOUD_SHELL_ENDPOINT"].Replace(
            "://", "://user:the-password-in-the-address@", StringComparison.Ordinal));

        await GetAsync(Options("ManagedIdentity"), For("LogAnalytics") with { ForceRefresh = true });

        Assert.Contains(Caller.Verboses, line => line.Contains("/cloud-shell", StringComparison.Ordinal));
        Assert.DoesNotContain(Caller.Verboses, line => line.Contains("the-password", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://login.microsoftonline.com/t/oauth2/v2.0/token", true)]
    [InlineData("https://login.windows.net/t/oauth2/v2.0/token", true)]
    [InlineData("https://westeurope.login.microsoft.com/t/oauth2/v2.0/token", true)]
    [InlineData("https://login.microsoftonline.us/t/oauth2/v2.0/token", false)]
    [InlineData("https://login.microsoftonline.com:444/t/oauth2/v2.0/token", false)]
    [InlineData("https://login.microsoftonline.com.evil.example/t/oauth2/v2.0/token", false)]
    [InlineData("https://graph.microsoft.com/t/oauth2/v2.0/token", false)]
    [InlineData("http://login.microsoftonline.com/t/oauth2/v2.0/token", false)]
    [InlineData("http://169.254.169.254/metadata/identity/oauth2/token", false)]
    public void A_secret_for_a_cloud_goes_to_that_cloud(string address, bool expected)
    {
        var allowed = HostAllowListHandler.ForEntra("ClientSecret", ClientSecret());
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        if (expected)
            allowed.Check(request);
        else
            Assert.Equal(
                TokenError.InvalidAuthority,
                Assert.Throws<TokenException>(() => allowed.Check(request)).Error);
    }
}
