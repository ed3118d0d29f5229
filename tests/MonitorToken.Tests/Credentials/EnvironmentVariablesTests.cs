using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.JsonWebTokens;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>An application that the environment describes, as all Azure SDKs read it.</summary>
public sealed class EnvironmentVariablesTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task A_secret_is_sent_as_that_of_ClientSecret_is()
    {
        SetApplication();
        Set("AZURE_CLIENT_SECRET", App.Secret);
        AccessToken token = await GetAsync(Options("Environment"));

        Assert.Equal(("Environment", App.ClientId), (token.CredentialName, token.Identity));
        RecordedRequest request = TokenRequestOf("client_credentials");
        Assert.Equal((App.ClientId, App.Secret), (request.Form["client_id"], request.Form["client_secret"]));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("true", true)]
    [InlineData("1", true)]
    [InlineData("0", false)]
    public async Task A_certificate_signs_and_its_chain_goes_along_when_asked_for(string? chain, bool isSent)
    {
        SetApplication();
        using X509Certificate2 certificate = CreateCertificate();
        App.AddCertificate(certificate);
        Set("AZURE_CLIENT_CERTIFICATE_PATH", Write(certificate));
        Set("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", chain);
        await GetAsync(Options("Environment"));

        var assertion = new JsonWebToken(TokenRequestOf("client_credentials").Form["client_assertion"]);
        Assert.Equal(App.ClientId, assertion.Issuer);
        Assert.Equal(isSent, assertion.TryGetHeaderValue("x5c", out object _));
    }

    [Fact]
    public async Task The_tenant_that_the_caller_gives_goes_before_that_of_the_environment()
    {
        SetApplication();
        Set("AZURE_CLIENT_SECRET", App.Secret);
        Set("AZURE_TENANT_ID", Guid.NewGuid().ToString());
        string tenant = Emulator.Directory.Tenant.Id.ToString();
        Assert.Equal(tenant, (await GetAsync(Options("Environment") with { TenantId = tenant })).TenantId);
    }

    [Theory]
    [InlineData("AZURE_TENANT_ID isn't set", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")]
    [InlineData("AZURE_CLIENT_ID isn't set", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET")]
    [InlineData("AZURE_TENANT_ID and AZURE_CLIENT_ID aren't set")]
    [InlineData(
        "neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE_PATH is set", "AZURE_TENANT_ID", "AZURE_CLIENT_ID")]
    public async Task What_is_missing_is_named_and_nothing_is_sent(string told, params string[] set)
    {
        foreach (string variable in set)
            Set(variable, variable == "AZURE_CLIENT_SECRET" ? App.Secret : Guid.NewGuid().ToString());
        TokenException error = await FailAsync(Options("Environment"));
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.Empty(Requests);
    }

    private void SetApplication()
    {
        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        Set("AZURE_CLIENT_ID", App.ClientId);
    }

    private string Write(X509Certificate2 certificate)
    {
        string path = Path.Combine(Folder, "certificate.pem");
        using RSA key = certificate.GetRSAPrivateKey()!;
        File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return path;
    }
}
