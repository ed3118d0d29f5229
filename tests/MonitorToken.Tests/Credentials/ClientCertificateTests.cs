using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.JsonWebTokens;
using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>An application with a certificate, from wherever that one is.</summary>
public sealed class ClientCertificateTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Theory]
    [InlineData(-1)]
    [InlineData(30)]
    [InlineData(null)]
    public async Task One_that_is_registered_and_has_expired_is_not_to_be_uploaded_again(int? days)
    {
        using var key = RSA.Create(2048);
        DateTimeOffset end = DateTimeOffset.UtcNow.AddDays(days ?? -1);
        using X509Certificate2 certificate = new CertificateRequest(
            "CN=expired", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(end.AddDays(-60), end);
        App.AddCertificate(certificate);
        // As recorded; what Entra finds is told by its own clock.
        Emulator.Faults.Add(new Fault
        {
            Error = new EntraError(
                700027,
                "invalid_client",
                "Client assertion contains an invalid signature. [Reason - The key used is expired., Thumbprint of key "
                    + $"used by client: '{certificate.Thumbprint}', Found key 'Start=06/29/2021 21:13:15, "
                    + "End=06/29/2023 21:13:15']",
                401),
        });
        CredentialOptions options = days is null
            ? ClientSecret()
            : Application("Certificate") with { Certificate = certificate };
        TokenException error = await FailAsync(options);
        Assert.Equal((TokenError.AuthenticationFailed, "AADSTS700027"), (error.Error, error.ErrorCode));
        Assert.StartsWith(
            days switch
            {
                null => "The certificate has expired. Create a new one",
                < 0 => $"The certificate expired on {certificate.NotAfter.ToUniversalTime():u}. Create a new one",
                _ => $"According to this machine's clock, the certificate is valid until "
                    + $"{certificate.NotAfter.ToUniversalTime():u}. Check the clock",
            },
            error.RecommendedAction,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    public async Task A_device_is_no_file_and_is_not_read(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The devices are those of Linux.");
        TokenException error = await FailAsync(Application("Certificate") with { CertificatePath = path });
        Assert.Equal(TokenError.InvalidCertificate, error.Error);
        Assert.Contains($"'{path}' is a device", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"\\.\CON", true)]
    [InlineData(@"\\.\COM1", true)]
    [InlineData(@"\\.\C:\app.pem", false)]
    [InlineData(@"\\?\C:\app.pem", false)]
    [InlineData(@"C:\app.pem", false)]
    public void A_device_of_Windows_is_known_by_its_full_path(string path, bool isDevice) =>
        Assert.Equal(isDevice, FileStamp.IsWindowsDevice(path));

    [Fact]
    public async Task The_environment_s_certificate_that_has_expired_says_so_too()
    {
        using var key = RSA.Create(2048);
        using X509Certificate2 certificate = new CertificateRequest(
            "CN=expired", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-60), DateTimeOffset.UtcNow.AddDays(-1));
        string path = Path.Combine(Folder, "expired.pem");
        File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        Set("AZURE_CLIENT_ID", App.ClientId);
        Set("AZURE_CLIENT_CERTIFICATE_PATH", path);
        Emulator.Faults.Add(new Fault
        {
            Error = new EntraError(700027, "invalid_client", "[Reason - The key used is expired., …]", 401),
        });
        Assert.StartsWith(
            $"The certificate expired on {certificate.NotAfter.ToUniversalTime():u}",
            (await FailAsync(Options("Environment"))).RecommendedAction,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("object")]
    [InlineData("pem")]
    [InlineData("pem with password")]
    [InlineData("pfx")]
    [InlineData("pfx with password")]
    [InlineData("store")]
    public async Task A_certificate_signs_an_assertion_for_the_token_endpoint(string source)
    {
        using X509Certificate2 certificate = CreateCertificate();
        App.AddCertificate(certificate);
        try
        {
            AccessToken token = await GetAsync(Certificate(source, certificate));
            Assert.Equal(("Certificate", App.ClientId), (token.CredentialName, token.Identity));
        }
        finally
        {
            RemoveFromStore(certificate);
        }

        RecordedRequest request = TokenRequestOf("client_credentials");
        JsonWebToken assertion = AssertionOf(request);
        Assert.Matches("^(RS|PS)256$", assertion.Alg);
        Assert.Equal((App.ClientId, App.ClientId), (assertion.Issuer, assertion.Subject));
        Assert.Equal(
            [$"https://login.microsoftonline.com/{Emulator.Directory.Tenant.Id}/oauth2/v2.0/token"],
            assertion.Audiences);
        Assert.False(assertion.TryGetHeaderValue("x5c", out object _));
        Assert.DoesNotContain("client_secret", request.Form.Keys);
    }

    [Fact]
    public async Task The_chain_is_sent_when_asked_for()
    {
        using X509Certificate2 certificate = CreateCertificate();
        App.TrustSubject(certificate.Subject);
        await GetAsync(Certificate("object", certificate) with { SendCertificateChain = true });
        Assert.True(AssertionOf(TokenRequestOf("client_credentials")).TryGetHeaderValue("x5c", out object _));
    }

    [Fact]
    public async Task A_credential_tells_when_its_certificate_expires()
    {
        using X509Certificate2 certificate = CreateCertificate();
        Credential credential = CredentialCatalog.Create(Certificate("pfx with password", certificate));
        Assert.Null(credential.CertificateExpiresOn);
        await credential.OpenAsync(Stop);
        Assert.Equal(certificate.NotAfter.ToUniversalTime(), credential.CertificateExpiresOn!.Value.UtcDateTime);
    }

    [Fact]
    public void A_certificate_that_cannot_sign_is_refused_with_the_reason()
    {
        using X509Certificate2 certificate = CreateCertificate();
        using X509Certificate2 withoutKey = X509CertificateLoader.LoadCertificate(certificate.RawData);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 elliptic = new CertificateRequest("CN=elliptic", curve, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string pfx = Certificate("pfx with password", certificate).CertificatePath!;
        string garbage = Path.Combine(Folder, "garbage.pem");
        File.WriteAllText(garbage, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE "
            + "KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        string foreign = Path.Combine(Folder, "foreign.pem");
        byte[] key = curve.ExportPkcs8PrivateKey();
        // 1.2.840.10045.3.1.7, the curve, becomes one that nobody knows.
        byte[] oid = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
        key[key.AsSpan().IndexOf(oid) + 2] = 0x4B;
        File.WriteAllText(
            foreign, elliptic.ExportCertificatePem() + "\n" + PemEncoding.WriteString("PRIVATE KEY", key));
        string crt = Path.Combine(Folder, "public.crt");
        File.WriteAllText(crt, certificate.ExportCertificatePem());

        Assert.Contains(
            "no private key",
            Refused(Application("Certificate") with { Certificate = withoutKey }),
            StringComparison.Ordinal);
        Assert.Contains(
            "no private key",
            Refused(Application("Certificate") with { CertificatePath = crt }),
            StringComparison.Ordinal);
        Assert.Contains(
            "isn't RSA",
            Refused(Application("Certificate") with { Certificate = elliptic }),
            StringComparison.Ordinal);
        Assert.Contains(
            "unknown type of key",
            Refused(Application("Certificate") with { CertificatePath = foreign }),
            StringComparison.Ordinal);
        Assert.Contains(
            "password",
            Refused(Application("Certificate") with { CertificatePath = pfx }),
            StringComparison.Ordinal);
        Assert.Contains(
            "password",
            Refused(Application("Certificate") with { CertificatePath = pfx, CertificatePassword = Secure("wrong") }),
            StringComparison.Ordinal);
        Assert.Contains(
            "damaged",
            Refused(Application("Certificate") with { CertificatePath = garbage }),
            StringComparison.Ordinal);
        Assert.Contains(
            "doesn't exist",
            Refused(Application("Certificate") with { CertificatePath = Path.Combine(Folder, "none.pfx") }),
            StringComparison.Ordinal);
        Assert.Contains(
            "thumbprint",
            Refused(Application("Certificate") with { CertificateThumbprint = "00" }),
            StringComparison.Ordinal);
        Assert.Empty(Requests);

        static string Refused(CredentialOptions options)
        {
            TokenException error = Assert.Throws<TokenException>(
                () => CredentialCatalog.Create(options).OpenAsync(Stop).GetAwaiter().GetResult());
            Assert.Equal(TokenError.InvalidCertificate, error.Error);
            return error.Message;
        }
    }

    [Fact]
    public async Task Where_a_store_does_not_have_the_certificate_the_advice_can_be_followed_on_this_platform()
    {
        Credential credential = CredentialCatalog.Create(
            Application("Certificate") with { CertificateThumbprint = "00" });
        string advice = (await Assert.ThrowsAsync<TokenException>(() => credential.OpenAsync(Stop))).RecommendedAction;
        // A drive that PowerShell has on Windows alone.
        Assert.Equal(OperatingSystem.IsWindows(), advice.Contains("Cert:", StringComparison.Ordinal));
        Assert.Equal(!OperatingSystem.IsWindows(), advice.Contains("-CertificatePath", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_certificate_is_never_answered_with_the_earlier_token()
    {
        using X509Certificate2 first = CreateCertificate();
        using X509Certificate2 second = CreateCertificate();
        App.AddCertificate(first);
        await GetAsync(Certificate("object", first));
        Assert.Equal("AADSTS700027", (await FailAsync(Certificate("object", second))).ErrorCode);
    }

    private static void RemoveFromStore(X509Certificate2 certificate)
    {
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser);
        store.Open(OpenFlags.ReadWrite);
        store.Remove(certificate);
    }

    private CredentialOptions Certificate(string source, X509Certificate2 certificate)
    {
        CredentialOptions options = Application("Certificate");
        const string Password = "correct horse";
        string path = Path.Combine(Folder, source.Replace(' ', '-'));
        switch (source)
        {
            case "object":
                return options with { Certificate = certificate };
            case "pem":
                File.WriteAllText(path, certificate.ExportCertificatePem() + "\n"
                    + certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
                return options with { CertificatePath = path };
            case "pem with password":
                var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
                File.WriteAllText(path, certificate.ExportCertificatePem() + "\n"
                    + certificate.GetRSAPrivateKey()!.ExportEncryptedPkcs8PrivateKeyPem(Password, parameters));
                return options with { CertificatePath = path, CertificatePassword = Secure(Password) };
            case "pfx":
                File.WriteAllBytes(path, certificate.Export(X509ContentType.Pfx));
                return options with { CertificatePath = path };
            case "pfx with password":
                File.WriteAllBytes(path, certificate.Export(X509ContentType.Pfx, Password));
                return options with { CertificatePath = path, CertificatePassword = Secure(Password) };
            default:
                using (var store = new X509Store(StoreName.My, StoreLocation.CurrentUser))
                {
                    store.Open(OpenFlags.ReadWrite);
                    store.Add(certificate);
                }

                return options with { CertificateThumbprint = certificate.Thumbprint.ToLowerInvariant() };
        }
    }

    private static JsonWebToken AssertionOf(RecordedRequest request)
    {
        Assert.Equal(
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", request.Form["client_assertion_type"]);
        return new JsonWebToken(request.Form["client_assertion"]);
    }
}
