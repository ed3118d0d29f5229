using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MonitorToken.Engine.Memory;
using Xunit;

namespace MonitorToken.Tests.Memory;

/// <summary>Who says the same again is served by what was made the first time, and by nothing else.</summary>
public sealed class KnownCredentialsTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public void The_same_words_have_the_same_credential()
    {
        CredentialOptions said = ClientSecret();
        Assert.Same(KnownCredentials.Of(said), KnownCredentials.Of(said with { }));
    }

    [Fact]
    public void Whatever_is_said_otherwise_makes_another()
    {
        CredentialOptions said = ClientSecret();
        Credential known = KnownCredentials.Of(said);
        Assert.All(
            new[]
            {
                said with { TenantId = "contoso.onmicrosoft.com" },
                said with { ClientId = Guid.NewGuid().ToString() },
                said with { ClientSecret = Secure("another") },
                said with { UseV1Endpoint = true },
                said with { DisableInstanceDiscovery = true },
                said with { Authority = Authority.For(AzureEnvironment.AzureChinaCloud) },
                said with { Authority = Authority.For(new Uri("https://login.example")) },
            },
            other => Assert.NotSame(known, KnownCredentials.Of(other)));
    }

    [Fact]
    public async Task Other_letters_in_the_same_secret_are_another_secret()
    {
        CredentialOptions said = ClientSecret(App.Secret[..^1]);
        TokenException wrong = await Assert.ThrowsAsync<TokenException>(
            () => KnownCredentials.Of(said).GetTokenAsync(For("LogAnalytics"), Caller, Stop));
        Assert.Equal("AADSTS7000215", wrong.ErrorCode);

        said.ClientSecret!.AppendChar(App.Secret[^1]);
        Assert.Equal(
            App.ClientId,
            (await KnownCredentials.Of(said).GetTokenAsync(For("LogAnalytics"), Caller, Stop)).Identity);

        said.ClientSecret.SetAt(0, '!');
        Assert.Null(KnownCredentials.Of(said).FromMemory(For("LogAnalytics")));
    }

    [Fact]
    public async Task What_the_caller_disposes_of_is_no_secret_any_more_but_what_was_made_of_it_works_on()
    {
        CredentialOptions said = ClientSecret();
        Credential made = KnownCredentials.Of(said);
        said.ClientSecret!.Dispose();
        Assert.Equal(
            TokenError.InvalidCredential,
            Assert.Throws<TokenException>(() => KnownCredentials.Of(said)).Error);
        Assert.Equal(App.ClientId, (await made.GetTokenAsync(For("LogAnalytics"), Caller, Stop)).Identity);
    }

    [Theory]
    [InlineData("AZURE_TOKEN_CREDENTIALS", "prod")]
    [InlineData("AZURE_CLIENT_ID", "55505790-6b5b-401e-a9c4-887cf2dd7dc1")]
    public void A_variable_that_the_default_chain_is_made_by_makes_another(string variable, string value)
    {
        Set(variable, null);
        Credential known = KnownCredentials.Of(Options("Default"));
        Assert.Same(known, KnownCredentials.Of(Options("Default")));
        Set(variable, value);
        Assert.NotSame(known, KnownCredentials.Of(Options("Default")));
    }

    [Fact]
    public void Two_certificates_of_the_same_issuer_and_number_are_two()
    {
        using X509Certificate2 one = Numbered(7);
        using X509Certificate2 other = Numbered(7);
        Assert.Equal(one, other);
        CredentialOptions said = Application("Certificate") with { Certificate = one };
        Assert.Same(KnownCredentials.Of(said), KnownCredentials.Of(said with { }));
        Assert.NotSame(KnownCredentials.Of(said), KnownCredentials.Of(said with { Certificate = other }));
    }

    [Fact]
    public void They_are_forgotten_with_the_tokens_and_when_there_are_too_many()
    {
        CredentialOptions said = ClientSecret();
        Credential known = KnownCredentials.Of(said);
        ProcessMemory.Clear();
        Credential next = KnownCredentials.Of(said);
        Assert.NotSame(known, next);

        for (int i = 0; i < 100; i++)
            KnownCredentials.Of(said with { ClientId = $"{i}" });
        Assert.NotSame(next, KnownCredentials.Of(said));
    }

    [Fact]
    public async Task A_token_from_memory_needs_hardly_any_memory()
    {
        const int Rounds = 100;
        CredentialOptions said = ClientSecret();
        TokenRequest request = For("LogAnalytics");
        AccessToken token = await KnownCredentials.Of(said).GetTokenAsync(request, Caller, Stop);
        Ask();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++)
            Ask();
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Rounds, 0, 300);

        void Ask() => Assert.Same(token, KnownCredentials.Of(said).FromMemory(request));
    }

    private static X509Certificate2 Numbered(byte number)
    {
        using var key = RSA.Create(2048);
        var name = new X500DistinguishedName("CN=somebody");
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 bare = request.Create(
            name,
            X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1),
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(30),
            [number]);
        return bare.CopyWithPrivateKey(key);
    }
}
