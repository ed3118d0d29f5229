using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MonitorToken.Engine.Certificates;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Credentials;
using Xunit;

namespace MonitorToken.Tests.Caching;

/// <summary>Tokens, keys and passwords that nobody needs any more are nowhere in the module's own objects.</summary>
public sealed class ForgottenSecretsTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private const string Password = "correct horse battery staple";

    [Fact]
    public async Task A_credential_knows_the_expiry_of_its_last_token_and_not_the_token()
    {
        Credential single = CredentialCatalog.Create(ClientSecret());
        Credential chain = CredentialCatalog.Create(Options("Chain") with { Chain = [single] });
        AccessToken token = await chain.GetTokenAsync(For("LogAnalytics"), Caller, Stop);
        foreach (Credential credential in new[] { single, chain })
        {
            Assert.Equal(token.ExpiresOn, credential.TokenExpiresOn);
            Assert.Equal(TimeSpan.Zero, credential.TokenExpiresOn!.Value.Offset);
            Assert.DoesNotContain(ObjectGraph.Of(credential), held => held is AccessToken);
        }

        Assert.Null(CredentialCatalog.Create(ClientSecret()).TokenExpiresOn);
    }

    [Fact]
    public void After_Clear_nothing_of_the_module_holds_the_token()
    {
        WeakReference token = ForgottenToken();
        ProcessMemory.Clear();
        AssertCollected(token);
    }

    [Fact]
    public async Task The_password_of_a_certificate_is_no_plain_string_in_its_credential()
    {
        using X509Certificate2 certificate = CreateCertificate();
        App.AddCertificate(certificate);
        Credential credential = CredentialCatalog.Create(Pfx(certificate));
        await credential.GetTokenAsync(For("LogAnalytics"), Caller, Stop);
        Assert.DoesNotContain(
            ObjectGraph.Of(credential).OfType<string>(),
            text => text.Contains(Password, StringComparison.Ordinal));
        // The search would have found it in a closure.
        string planted = Password;
        Func<int> closure = () => planted.Length;
        Assert.Contains(Password, ObjectGraph.Of(closure).OfType<string>());
    }

    [Fact]
    public void A_private_key_is_let_go_of_with_its_credential_and_the_cache()
    {
        WeakReference key = UsedKey();
        ProcessMemory.Clear();
        AssertCollected(key);
    }

    [Fact]
    public void A_private_key_is_let_go_of_when_more_recent_ones_fill_the_table()
    {
        ProcessMemory.Clear();
        using X509Certificate2 certificate = CreateCertificate();
        WeakReference key = OpenedKey(certificate);
        for (int i = 0; i < OpenedCertificates.Capacity; i++)
            OpenedKey(certificate);
        AssertCollected(key);
    }

    [Fact]
    public void A_private_key_is_let_go_of_when_nobody_has_asked_for_it_for_a_while()
    {
        ProcessMemory.Clear();
        using X509Certificate2 certificate = CreateCertificate();
        WeakReference key = OpenedKey(certificate);
        OpenedCertificates.Sweep();
        Assert.True(key.IsAlive);
        OpenedCertificates.Sweep();
        AssertCollected(key);
    }

    [Fact]
    public void One_that_is_asked_for_again_is_not_opened_again()
    {
        using X509Certificate2 certificate = CreateCertificate();
        var source = CertificateSource.OfFile(PfxFile(certificate), Secure(Password));
        SigningCertificate first = source.Current();
        OpenedCertificates.Sweep();
        Assert.Same(first, source.Current());
        OpenedCertificates.Sweep();
        Assert.Same(first, source.Current());
    }

    [Fact]
    public void Who_is_signing_with_a_key_goes_on_when_it_is_dropped()
    {
        using X509Certificate2 certificate = CreateCertificate();
        SigningCertificate signing = CertificateSource.OfFile(PfxFile(certificate), Secure(Password)).Current();
        OpenedCertificates.Clear();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using RSA key = signing.Certificate.GetRSAPrivateKey()!;
        Assert.NotEmpty(key.SignData([1], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference ForgottenToken() => new(GetAsync(ClientSecret()).GetAwaiter().GetResult());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference UsedKey()
    {
        using X509Certificate2 certificate = CreateCertificate();
        App.AddCertificate(certificate);
        CredentialOptions options = Pfx(certificate);
        GetAsync(options).GetAwaiter().GetResult();
        return new WeakReference(
            CertificateSource.OfFile(options.CertificatePath!, options.CertificatePassword).Current().Certificate);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference OpenedKey(X509Certificate2 certificate) =>
        new(CertificateSource.OfFile(PfxFile(certificate), Secure(Password)).Current().Certificate);

    private static void AssertCollected(WeakReference reference)
    {
        for (int i = 0; i < 10 && reference.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(reference.IsAlive, "Something still holds it.");
    }

    private CredentialOptions Pfx(X509Certificate2 certificate) => Application("Certificate") with
    {
        CertificatePath = PfxFile(certificate),
        CertificatePassword = Secure(Password),
    };

    private string PfxFile(X509Certificate2 certificate)
    {
        string path = Path.Combine(Folder, $"{Guid.NewGuid():n}.pfx");
        File.WriteAllBytes(path, certificate.Export(X509ContentType.Pfx, Password));
        return path;
    }
}
