using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator;

/// <summary>
/// Entra under all of its names: the aliases that instance discovery lists (K, N, G, P, J), and the regions' hosts, to
/// which MSAL sends the requests of applications (microsoft-authentication-library-for-dotnet #330, #6090; error_uri in
/// K and L).
/// </summary>
public sealed class RecordedAuthorityTests(EmulatorFixture fixture) : RecordTest(fixture)
{
    private const string ArmOfGovernment = "https://management.usgovcloudapi.net";
    private const string ArmOfChina = "https://management.chinacloudapi.cn";

    [Theory]
    [InlineData("login.microsoftonline.com", Arm)]
    [InlineData("login.windows.net", Arm)]
    [InlineData("login.microsoft.com", Arm)]
    [InlineData("sts.windows.net", Arm)]
    [InlineData("westus2.login.microsoft.com", Arm)]
    [InlineData("login.microsoftonline.us", ArmOfGovernment)]
    [InlineData("login.usgovcloudapi.net", ArmOfGovernment)]
    [InlineData("usgovvirginia.login.microsoftonline.us", ArmOfGovernment)]
    [InlineData("usgovvirginia.login.usgovcloudapi.net", ArmOfGovernment)]
    [InlineData("login.partner.microsoftonline.cn", ArmOfChina)]
    [InlineData("login.chinacloudapi.cn", ArmOfChina)]
    [InlineData("chinaeast2.login.partner.microsoftonline.cn", ArmOfChina)]
    [InlineData("chinaeast2.login.chinacloudapi.cn", ArmOfChina)]
    public async Task It_answers_alike_under_each_name_of_a_cloud(string host, string resource)
    {
        Answer v2 = await AskAsync(host, "oauth2/v2.0/token", ("scope", resource + "/.default"));
        Assert.Equal("token_type:s expires_in:n ext_expires_in:n access_token:s", Shape(v2.Body));
        Assert.Equal([resource], new JsonWebToken(v2.Text("access_token")).Audiences);
        Answer v1 = await AskAsync(host, "oauth2/token", ("resource", resource));
        Assert.Equal(resource, v1.Text("resource"));

        // A refusal is the same too, but for the name in its address; and so is what another cloud has.
        Answer wrong = await AskAsync(
            host, "oauth2/v2.0/token", ("scope", resource + "/.default"), ("client_secret", "wrong"));
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (wrong.Status, wrong.Text("error")));
        Assert.Equal($"https://{host}/error?code=7000215", wrong.Text("error_uri"));
        string foreign = resource == Arm ? ArmOfChina : Arm;
        Answer unknown = await AskAsync(host, "oauth2/v2.0/token", ("scope", foreign + "/.default"));
        Assert.Equal("invalid_resource", unknown.Text("error"));

        Answer itself = await GetAsync($"https://{host}/{Tenant.Id}/v2.0/.well-known/openid-configuration");
        Assert.Equal($"https://{host}/{Tenant.Id}/oauth2/v2.0/token", itself.Text("token_endpoint"));
        Answer instance = await DiscoverAsync("login.microsoftonline.com", host);
        Assert.Equal(
            $"https://{host}/common/v2.0/.well-known/openid-configuration", instance.Text("tenant_discovery_endpoint"));
    }

    [Theory]
    [InlineData("westeurope.login.microsoft.com", Arm)]
    [InlineData("sts.windows.net", Arm)]
    [InlineData("chinaeast2.login.partner.microsoftonline.cn", ArmOfChina)]
    public async Task It_takes_an_assertion_that_names_the_host_that_it_goes_to(string host, string resource)
    {
        using X509Certificate2 certificate = CreateCertificate();
        App.AddCertificate(certificate);
        using RSA key = certificate.GetRSAPrivateKey()!;
        string assertion = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = App.ClientId,
            Audience = $"https://{host}/{Tenant.Id}/oauth2/v2.0/token",
            Claims = new Dictionary<string, object> { ["sub"] = App.ClientId, ["jti"] = $"{Guid.NewGuid()}" },
            SigningCredentials = new X509SigningCredentials(certificate),
        });
        Answer answer = await AskAsync(
            host,
            "oauth2/v2.0/token",
            ("scope", resource + "/.default"),
            ("client_secret", ""),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory] // azure-powershell #22535, microsoft-authentication-library-for-go #438, azure-cli #27494
    [InlineData("https://graph.microsoft.com/common/oauth2/v2.0/authorize")]
    [InlineData("https://management.azure.com/common/oauth2/v2.0/authorize")]
    [InlineData("https://login.microsoftonline.com.evil.example/common/oauth2/v2.0/authorize")]
    [InlineData("https://evil.login.microsoftonline.com/common/oauth2/v2.0/authorize")]
    [InlineData("https://a.westus2.login.microsoft.com/common/oauth2/v2.0/authorize")]
    [InlineData("https://adfs.contoso.example/adfs/oauth2/authorize")]
    [InlineData("http://login.microsoftonline.com/common/oauth2/v2.0/authorize")]
    public async Task An_authority_that_is_none_of_its_own_is_refused_in_every_cloud(string endpoint)
    {
        foreach (string host in new[]
        {
            "login.microsoftonline.com", "login.windows.net", "login.microsoftonline.us",
            "login.partner.microsoftonline.cn", "westus2.login.microsoft.com",
        })
        {
            Answer answer = await GetAsync(
                $"https://{host}/common/discovery/instance?api-version=1.1&authorization_endpoint={endpoint}");
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_instance"), (answer.Status, answer.Text("error")));
            Assert.Equal(50049, answer.Body["error_codes"]![0]!.GetValue<int>());
        }
    }

    [Theory] // listed, though there is nothing behind them here
    [InlineData("login.microsoftonline.de")]
    [InlineData("login-us.microsoftonline.com")]
    public async Task Whatever_it_lists_it_knows(string host) =>
        Assert.Equal(HttpStatusCode.OK, (await DiscoverAsync("login.microsoftonline.com", host)).Status);

    private Task<Answer> DiscoverAsync(string at, string host) => GetAsync(
        $"https://{at}/common/discovery/instance?api-version=1.1"
            + $"&authorization_endpoint=https://{host}/common/oauth2/v2.0/authorize");

    private Task<Answer> AskAsync(string host, string path, params (string Name, string Value)[] form)
    {
        var all = new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = App.ClientId,
            ["client_secret"] = App.Secret,
        };
        foreach ((string name, string value) in form)
            all[name] = value;
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, $"https://{host}/{Tenant.Id}/{path}")
        {
            Content = new FormUrlEncodedContent(all),
        });
    }
}
