using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using MonitorToken.Engine.Caching;
using Xunit;

namespace MonitorToken.Tests.Caching;

/// <summary>Who says the same again is served by what was made the first time, and by nothing else.</summary>
public sealed class CredentialCacheTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public void The_same_words_have_the_same_credential()
    {
        CredentialOptions said = ClientSecret();
        Assert.Same(CredentialCache.Of(said), CredentialCache.Of(said with { }));
    }

    [Fact]
    public void Whatever_is_said_otherwise_makes_another()
    {
        CredentialOptions said = ClientSecret();
        Credential known = CredentialCache.Of(said);
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
            other => Assert.NotSame(known, CredentialCache.Of(other)));
    }

    [Fact]
    public async Task Other_letters_in_the_same_secret_are_another_secret()
    {
        CredentialOptions said = ClientSecret(App.Secret[..^1]);
        TokenException wrong = await Assert.ThrowsAsync<TokenException>(
            () => CredentialCache.Of(said).GetTokenAsync(For("LogAnalytics"), Caller, Stop));
        Assert.Equal("AADSTS7000215", wrong.ErrorCode);

        said.ClientSecret!.AppendChar(App.Secret[^1]);
        Assert.Equal(
            App.ClientId,
            (await CredentialCache.Of(said).GetTokenAsync(For("LogAnalytics"), Caller, Stop)).Identity);

        said.ClientSecret.SetAt(0, '!');
        Assert.Null(CredentialCache.Of(said).TryGetCached(For("LogAnalytics")));
    }

    [Fact]
    public async Task What_the_caller_disposes_of_is_no_secret_any_more_but_what_was_made_of_it_works_on()
    {
        CredentialOptions said = ClientSecret();
        Credential made = CredentialCache.Of(said);
        said.ClientSecret!.Dispose();
        Assert.Equal(
            TokenError.InvalidCredential,
            Assert.Throws<TokenException>(() => CredentialCache.Of(said)).Error);
        Assert.Equal(App.ClientId, (await made.GetTokenAsync(For("LogAnalytics"), Caller, Stop)).Identity);
    }

    [Theory]
    [InlineData("AZURE_TOKEN_CREDENTIALS", "prod")]
    [InlineData("AZURE_CLIENT_ID", "55505790-6b5b-401e-a9c4-887cf2dd7dc1")]
    public void A_variable_that_the_default_chain_is_made_by_makes_another(string variable, string value)
    {
        Set(variable, null);
        Credential known = CredentialCache.Of(Options("Default"));
        Assert.Same(known, CredentialCache.Of(Options("Default")));
        Set(variable, value);
        Assert.NotSame(known, CredentialCache.Of(Options("Default")));
    }

    [Fact]
    public void What_may_be_changed_under_one_s_hands_is_made_anew_each_time()
    {
        using X509Certificate2 certificate = CreateCertificate();
        string[] members = ["AzureCli", "ManagedIdentity"];
        Credential[] chain = [CredentialCache.Of(ClientSecret()), CredentialCache.Of(Options("ManagedIdentity"))];
        Assert.All(
            new[]
            {
                Application("Certificate") with { Certificate = certificate },
                Options("Default") with { Include = members },
                Options("Default") with { Exclude = members },
                Options("Chain") with { Chain = chain },
                ClientSecret() with { Name = "OnBehalfOf", UserAssertion = Secure("a user's token") },
                Application("FederatedToken") with { FederatedToken = Secure("somebody else's token") },
                Application("FederatedToken") with { FederatedTokenScript = _ => "somebody else's token" },
                Application("FederatedToken") with { FederatedCredential = chain[1] },
                Application("AzurePipelines") with { ServiceConnectionId = "x", SystemAccessToken = Secure("a job's") },
                Application("Interactive") with { RedirectUri = new Uri("http://localhost:1234") },
            },
            said => Assert.NotSame(CredentialCache.Of(said), CredentialCache.Of(said with { })));
    }

    [Fact]
    public void A_secret_s_credential_does_not_outlive_it()
    {
        WeakReference made = Make();
        for (int i = 0; i < 10 && made.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(made.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference Make() => new(CredentialCache.Of(ClientSecret()));
    }

    [Fact]
    public void They_are_forgotten_with_the_tokens()
    {
        CredentialOptions said = ClientSecret();
        Credential known = CredentialCache.Of(said);
        ProcessMemory.Clear();
        Assert.NotSame(known, CredentialCache.Of(said));
    }

    [Fact]
    public async Task A_token_from_memory_needs_hardly_any_memory()
    {
        const int Rounds = 100;
        CredentialOptions said = ClientSecret();
        TokenRequest request = For("LogAnalytics");
        AccessToken token = await CredentialCache.Of(said).GetTokenAsync(request, Caller, Stop);
        Ask();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++)
            Ask();
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Rounds, 0, 600);

        void Ask() => Assert.Same(
            token, CredentialCache.Of(said with { }).TryGetCached(request with { MinimumLifetime = TimeSpan.Zero }));
    }
}
