using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Azure.Identity;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using MonitorToken.Engine;
using MonitorToken.Engine.Certificates;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Caching;

/// <summary>What a token is asked with and what it is remembered by are the same, whatever changes meanwhile.</summary>
public sealed class WhoseTokenTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private const int Rounds = 250;

    private static readonly TokenRequest Fresh = For("LogAnalytics") with { ForceRefresh = true };

    // ---- variables

    [Fact]
    public async Task While_another_thread_makes_another_application_of_the_environment_none_gets_the_other_s_token()
    {
        App other = Emulator.Directory.AddApp();
        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        Set("AZURE_CLIENT_ID", null);
        Set("AZURE_CLIENT_SECRET", null);
        // The first request of a process takes longer than the moment that this is about.
        await GetAsync(ClientSecret());
        var chance = new Random(7);
        for (int round = 0; round < Rounds; round++)
        {
            TokenCache.Process.Clear();
            Become(App);
            Task<AccessToken> early = Task.Run(() => GetAsync(Options("Environment")), Stop);
            Thread.SpinWait(chance.Next(0, 40_000));
            Become(other);
            try
            {
                await early;
            }
            catch (TokenException torn) when (torn.ErrorCode == "AADSTS7000215")
            {
                // One's id and the other's secret: two variables cannot be changed at once.
            }

            Assert.Equal(other.ClientId, (await GetAsync(Options("Environment"))).Identity);
            Become(App);
            Assert.Equal(App.ClientId, (await GetAsync(Options("Environment"))).Identity);
        }

        static void Become(App app)
        {
            Environment.SetEnvironmentVariable("AZURE_CLIENT_ID", app.ClientId);
            Environment.SetEnvironmentVariable("AZURE_CLIENT_SECRET", app.Secret);
        }
    }

    [Fact]
    public async Task When_the_folder_of_az_is_switched_while_az_runs_each_gets_its_own_token()
    {
        StandIn az = Slow();
        (User one, User two) = (Emulator.Directory.AddUser(), Emulator.Directory.AddUser());
        string first = Login(Path.Combine(az.Folder, "first"), one);
        string second = Login(Path.Combine(az.Folder, "second"), two);
        Set("AZURE_CONFIG_DIR", first);

        Task<AccessToken> early = GetAsync(Options("AzureCli"));
        await Eventually.TrueAsync(() => az.Starts == 1, "az was started");
        Set("AZURE_CONFIG_DIR", second);
        az.Write("go", "");

        // Asked again, because who is logged in has changed meanwhile.
        Assert.Equal(two.UserPrincipalName, (await early).Identity);
        Assert.Equal(two.UserPrincipalName, (await GetAsync(Options("AzureCli"))).Identity);
        Set("AZURE_CONFIG_DIR", first);
        Assert.Equal(one.UserPrincipalName, (await GetAsync(Options("AzureCli"))).Identity);
    }

    [Theory]
    [InlineData("Environment")]
    [InlineData("WorkloadIdentity")]
    [InlineData("GitHubActions")]
    public async Task Variables_that_change_while_a_call_waits_its_turn_do_not_make_it_somebody_else_s(string name)
    {
        App other = Emulator.Directory.AddApp(secret: App.Secret);
        foreach (App app in new[] { App, other })
        {
            app.AddFederatedCredential(Emulator.Issuers.Kubernetes.Url, Emulator.Issuers.Kubernetes.Subject);
            app.AddFederatedCredential(Emulator.Issuers.GitHub.Url, Emulator.Issuers.GitHub.Subject);
        }

        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        Set("AZURE_CLIENT_ID", App.ClientId);
        if (name == "Environment")
            Set("AZURE_CLIENT_SECRET", App.Secret);
        Set("AZURE_FEDERATED_TOKEN_FILE", Emulator.Environment["EMULATOR_FEDERATED_TOKEN_FILE"]);
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.Environment["EMULATOR_GITHUB_URL"]);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Emulator.Environment["EMULATOR_GITHUB_TOKEN"]);
        CredentialOptions options = name == "GitHubActions" ? Application(name) : Options(name);
        Emulator.ServiceAccountToken.Renew();

        // After a failure that may pass, the next call waits a moment: who it is for was settled before.
        UseFakeClock();
        Emulator.Faults.Add(new Fault { Status = 500, Times = 3 });
        await FailAsync(options);
        Emulator.ServiceAccountToken.Renew();
        Task<AccessToken> early = GetAsync(options);
        await Eventually.TrueAsync(
            () => Caller.Verboses.Any(line => line.StartsWith("No request is sent until", StringComparison.Ordinal)),
            "the call waits");
        Set("AZURE_CLIENT_ID", other.ClientId);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "another job's token");

        Assert.Equal(App.ClientId, (await early).Identity);
        Emulator.ServiceAccountToken.Renew();
        if (name == "GitHubActions")
            Assert.Equal(TokenError.AuthenticationFailed, (await FailAsync(options)).Error);
        else
            Assert.Equal(other.ClientId, (await GetAsync(options)).Identity);
    }

    // ---- logins

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_profile_that_is_a_link_is_seen_to_change_though_dates_and_lengths_are_the_same(bool isRepointed)
    {
        StandIn az = Prompt();
        User[] users =
            [Emulator.Directory.AddUser("amy@contoso.example"), Emulator.Directory.AddUser("bob@contoso.example")];
        DateTime date = DateTime.UtcNow.AddDays(-1);
        string folder = Directory.CreateDirectory(Path.Combine(az.Folder, "config")).FullName;
        Set("AZURE_CONFIG_DIR", folder);
        foreach (User user in users)
        {
            string target = Path.Combine(az.Folder, isRepointed ? user.UserPrincipalName : "profile");
            string profile = Path.Combine(folder, "azureProfile.json");
            if (isRepointed || user == users[0])
                Link(profile, target);
            // Writes to where the link leads.
            Login(folder, user);
            File.SetLastWriteTimeUtc(target, date);
            Assert.Equal(target, new FileInfo(profile).LinkTarget);

            Assert.Equal(user.UserPrincipalName, (await GetAsync(Options("AzureCli"))).Identity);
        }

        Assert.Equal(2, az.Starts);
    }

    [Fact]
    public async Task A_token_from_memory_costs_the_same_however_large_the_profile_is()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There the time of the last change cannot be set back.");
        StandIn az = Prompt();
        string folder = Login(Path.Combine(az.Folder, "config"), Emulator.Directory.AddUser());
        Set("AZURE_CONFIG_DIR", folder);
        string profile = Path.Combine(folder, "azureProfile.json");
        File.AppendAllText(profile, new string(' ', 1_000_000));
        await Eventually.TrueAsync(() => FileStamp.Of(profile).IsConclusive, "the file has settled");
        Credential credential = CredentialCatalog.Create(Options("AzureCli"));
        await credential.GetTokenAsync(For("LogAnalytics"), Caller, Stop);
        Assert.NotNull(credential.TryGetCached(For("LogAnalytics")));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.NotNull(credential.TryGetCached(For("LogAnalytics")));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
        Assert.Equal(1, az.Starts);
    }

    [Fact]
    public async Task A_login_while_az_runs_is_seen_and_az_asked_again()
    {
        StandIn az = Slow();
        (User before, User after) = (Emulator.Directory.AddUser(), Emulator.Directory.AddUser());
        string folder = Login(Path.Combine(az.Folder, "config"), before);
        Set("AZURE_CONFIG_DIR", folder);

        Task<AccessToken> call = GetAsync(Options("AzureCli"));
        await Eventually.TrueAsync(
            () => File.Exists(Path.Combine(az.Folder, "read")), "az has looked who is logged in");
        Login(folder, after);
        az.Write("go", "");

        Assert.Equal(after.UserPrincipalName, (await call).Identity);
        Assert.Equal(2, az.Starts);
        Assert.Equal(after.UserPrincipalName, (await GetAsync(Options("AzureCli"))).Identity);
        Login(folder, before);
        Assert.Equal(before.UserPrincipalName, (await GetAsync(Options("AzureCli"))).Identity);
    }

    [Fact]
    public async Task A_login_that_never_settles_is_an_error_and_nothing_is_kept()
    {
        var az = new StandIn("az");
        User user = Emulator.Directory.AddUser();
        string folder = Login(Path.Combine(az.Folder, "config"), user);
        az.Does("cat \"$AZURE_CONFIG_DIR/token\"; date +%N >> \"$AZURE_CONFIG_DIR/azureProfile.json\"");
        Set("PATH", az.Folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        Set("AZURE_CONFIG_DIR", folder);

        TokenException error = await FailAsync(Options("AzureCli"));
        Assert.Equal((TokenError.CredentialUnavailable, "AzureCli"), (error.Error, error.CredentialName));
        Assert.Contains("settings changed", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, az.Starts);

        az.Does("cat \"$AZURE_CONFIG_DIR/token\"");
        Assert.Equal(user.UserPrincipalName, (await GetAsync(Options("AzureCli"))).Identity);
        Assert.Equal(4, az.Starts);
    }

    [Fact]
    public async Task A_login_of_the_session_s_own_Az_Accounts_that_has_ended_is_not_answered_from_memory()
    {
        string answer = Emulator.IssueUserToken(LogAnalytics);
        Caller.AzAccounts = (_, _) => new SessionToken(Secret.Of(answer), DateTimeOffset.UtcNow.AddHours(1));
        Assert.Equal(answer, (await GetAsync(Options("AzurePowerShell"))).GetPlainText());

        // Disconnect-AzAccount.
        Caller.AzAccounts = (_, _) =>
            throw new TokenException(TokenError.CredentialUnavailable, "Nobody is logged in.", "Log in.");
        await FailAsync(Options("AzurePowerShell"));

        // Connect-AzAccount, as the same account.
        answer = Emulator.IssueUserToken(LogAnalytics);
        Caller.AzAccounts = (_, _) => new SessionToken(Secret.Of(answer), DateTimeOffset.UtcNow.AddHours(1));
        Assert.Equal(answer, (await GetAsync(Options("AzurePowerShell"))).GetPlainText());
    }

    // ---- certificates

    [Theory]
    [InlineData("pem")]
    [InlineData("pfx")]
    public async Task A_credential_that_is_kept_signs_with_what_the_file_holds_now(string kind)
    {
        using X509Certificate2 first = CreateCertificate();
        using X509Certificate2 second = CreateCertificate();
        string path = Path.Combine(Folder, "certificate");
        DateTime date = DateTime.UtcNow.AddDays(-1);
        Write(path, kind, first);
        App.AddCertificate(first);
        Credential credential = CredentialCatalog.Create(Certificate(path));
        await credential.GetTokenAsync(For("LogAnalytics"), Caller, Stop);

        Write(path, kind, second);
        App.RemoveCertificates();
        App.AddCertificate(second);
        await credential.GetTokenAsync(For("LogAnalytics"), Caller, Stop);

        Assert.Equal([Name(first), Name(second)], Requests.Select(SignedBy));
        Assert.Equal(second.NotAfter.ToUniversalTime(), credential.CertificateExpiresOn!.Value.UtcDateTime);

        void Write(string file, string form, X509Certificate2 certificate)
        {
            WriteCertificate(file, form, certificate);
            File.SetLastWriteTimeUtc(file, date);
        }
    }

    [Fact]
    public async Task A_mounted_secret_whose_folder_is_switched_by_a_link_is_seen_to_change()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links are for administrators there.");
        using X509Certificate2 first = CreateCertificate();
        using X509Certificate2 second = CreateCertificate();
        foreach ((string name, X509Certificate2 certificate) in new[] { ("..2026_1", first), ("..2026_2", second) })
        {
            string folder = Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
            WriteCertificate(Path.Combine(folder, "tls.pem"), "pem", certificate);
        }

        // As Kubernetes does it: tls.pem leads to ..data/tls.pem, and ..data to the folder of the day.
        string data = Path.Combine(Folder, "..data");
        Link(data, "..2026_1");
        string path = Path.Combine(Folder, "tls.pem");
        Link(path, Path.Combine("..data", "tls.pem"));
        App.AddCertificate(first);
        App.AddCertificate(second);
        Credential credential = CredentialCatalog.Create(Certificate(path));
        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        Set("AZURE_CLIENT_ID", App.ClientId);
        Set("AZURE_CLIENT_CERTIFICATE_PATH", path);
        await AskAsync();

        Link(data, "..2026_2");
        await AskAsync();

        Assert.Equal(
            [Name(first), Name(first), Name(second), Name(second)], Requests.Select(SignedBy));

        async Task AskAsync()
        {
            await credential.GetTokenAsync(For("LogAnalytics"), Caller, Stop);
            await GetAsync(Options("Environment"));
        }
    }

    [Fact]
    public void A_file_is_opened_once_for_each_content_however_often_it_is_named()
    {
        using X509Certificate2 first = CreateCertificate();
        using X509Certificate2 second = CreateCertificate();
        string path = Path.Combine(Folder, "certificate.pfx");
        WriteCertificate(path, "pfx", first);
        SigningCertificate[] opened =
            [.. Enumerable.Range(0, 50).Select(_ => CertificateSource.Of(Certificate(path)).Current())];
        Assert.Single(opened.Distinct());

        WriteCertificate(path, "pfx", second);
        SigningCertificate[] reopened =
            [.. Enumerable.Range(0, 50).Select(_ => CertificateSource.Of(Certificate(path)).Current())];
        Assert.NotSame(opened[0], Assert.Single(reopened.Distinct()));
        Assert.Equal(second.Thumbprint, reopened[0].Fingerprint);
    }

    [Fact]
    public async Task A_certificate_that_was_disposed_of_is_told_as_such_before_and_after()
    {
        X509Certificate2 certificate = CreateCertificate();
        App.AddCertificate(certificate);
        CredentialOptions options = Application("Certificate") with { Certificate = certificate };
        Credential credential = CredentialCatalog.Create(options);
        await credential.GetTokenAsync(For("LogAnalytics"), Caller, Stop);
        certificate.Dispose();

        TokenException kept =
            await Assert.ThrowsAsync<TokenException>(() => credential.GetTokenAsync(Fresh, Caller, Stop));
        TokenException created = Assert.Throws<TokenException>(() => CredentialCatalog.Create(options));
        Assert.All([kept, created], error =>
        {
            Assert.Equal(TokenError.InvalidCertificate, error.Error);
            Assert.Contains("disposed", error.Message, StringComparison.Ordinal);
        });
        Assert.Single(Requests);
    }

    [Fact]
    public void A_certificate_that_cannot_sign_at_that_moment_is_told_as_such()
    {
        // As where it is disposed of, or its token pulled out, after the request has begun.
        var exception =
            new AuthenticationFailedException("Failed.", new CryptographicException("Keyset does not exist"));
        TokenException error = Engine.Errors.TokenErrors.Explain(exception, "Certificate", For("LogAnalytics"));
        Assert.Equal((TokenError.InvalidCertificate, "Certificate"), (error.Error, error.CredentialName));
        Assert.DoesNotContain("Keyset", error.Message, StringComparison.Ordinal);
    }

    // ---- secrets

    [Fact]
    public async Task A_secret_that_was_disposed_of_is_told_as_such_before_and_after()
    {
        CredentialOptions options = ClientSecret();
        Credential credential = CredentialCatalog.Create(options);
        options.ClientSecret!.Dispose();
        TokenException kept =
            await Assert.ThrowsAsync<TokenException>(() => credential.GetTokenAsync(Fresh, Caller, Stop));
        Assert.Equal(TokenError.InvalidCredential, kept.Error);
        Assert.Contains("disposed", kept.Message, StringComparison.Ordinal);

        SecureString gone = new();
        gone.Dispose();
        foreach (CredentialOptions given in new[]
        {
            ClientSecret() with { ClientSecret = gone },
            Application("FederatedToken") with { FederatedToken = gone },
            Application("AzurePipelines") with { ServiceConnectionId = "x", SystemAccessToken = gone },
            ClientSecret() with { Name = "OnBehalfOf", UserAssertion = gone },
            Application("Certificate") with { CertificatePath = "x", CertificatePassword = gone },
        })
            Assert.Equal(
                TokenError.InvalidCredential,
                Assert.Throws<TokenException>(() => CredentialCatalog.Create(given)).Error);
        Assert.Empty(Requests);
    }

    // ---- what the tests share

    /// <summary>An az that prints at once who is logged in.</summary>
    private StandIn Prompt()
    {
        var az = new StandIn("az");
        az.Does("cat \"$AZURE_CONFIG_DIR/token\"");
        Set("PATH", az.Folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        return az;
    }

    /// <summary>An az that looks at once who is logged in, and prints it when the file go is there.</summary>
    private StandIn Slow()
    {
        StandIn az = Prompt();
        az.Does("""
            answer=$(cat "$AZURE_CONFIG_DIR/token")
            echo read > "$HERE/read"
            while [ ! -e "$HERE/go" ]; do sleep 0.05; done
            echo "$answer"
            """);
        return az;
    }

    /// <summary>Has somebody log in with az.</summary>
    private string Login(string folder, User user)
    {
        Directory.CreateDirectory(folder);
        DateTimeOffset expiresOn = DateTimeOffset.UtcNow.AddHours(1);
        File.WriteAllText(
            Path.Combine(folder, "token"),
            StandIn.AzureCliAnswer(Emulator.IssueUserToken(LogAnalytics, user), expiresOn));
        File.WriteAllText(Path.Combine(folder, "azureProfile.json"), user.UserPrincipalName);
        return folder;
    }

    /// <summary>Makes a link, or leads it elsewhere.</summary>
    private static void Link(string path, string target)
    {
        File.Delete(path);
        File.CreateSymbolicLink(path, target);
    }

    private CredentialOptions Certificate(string path) => Application("Certificate") with { CertificatePath = path };

    private static void WriteCertificate(string path, string kind, X509Certificate2 certificate)
    {
        using RSA key = certificate.GetRSAPrivateKey()!;
        if (kind == "pfx")
            File.WriteAllBytes(path, certificate.Export(X509ContentType.Pfx));
        else
            File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>By what an assertion says it is signed, and what a certificate is told by there.</summary>
    private static string SignedBy(RecordedRequest request) =>
        new JsonWebToken(request.Form["client_assertion"]).GetHeaderValue<string>("x5t#S256").TrimEnd('=');

    private static string Name(X509Certificate2 certificate) =>
        Base64UrlEncoder.Encode(certificate.GetCertHash(HashAlgorithmName.SHA256));
}
