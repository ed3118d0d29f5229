using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.JsonWebTokens;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>What each way of signing in sends, beyond those that have a class of tests of their own.</summary>
public sealed class SignInTests : EngineTest
{
    private const string Assertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public SignInTests(EmulatorFixture fixture)
        : base(fixture)
    {
        foreach (OidcIssuer issuer in new[]
        {
            Emulator.Issuers.GitHub,
            Emulator.Issuers.AzurePipelines,
            Emulator.Issuers.Kubernetes,
        })
            App.AddFederatedCredential(issuer.Url, issuer.Subject);
    }

    private string TokenEndpoint =>
        $"https://login.microsoftonline.com/{Emulator.Directory.Tenant.Id}/oauth2/v2.0/token";

    // ---- certificates

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
        Assert.Equal([TokenEndpoint], assertion.Audiences);
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
    public void A_credential_tells_when_its_certificate_expires()
    {
        using X509Certificate2 certificate = CreateCertificate();
        Credential credential = Engine.CredentialCatalog.Create(Certificate("pfx with password", certificate));
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
        string garbage = Path.Combine(_folder, "garbage.pem");
        File.WriteAllText(garbage, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE "
            + "KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        string crt = Path.Combine(_folder, "public.crt");
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
            "not RSA",
            Refused(Application("Certificate") with { Certificate = elliptic }),
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
            "is not there",
            Refused(Application("Certificate") with { CertificatePath = Path.Combine(_folder, "none.pfx") }),
            StringComparison.Ordinal);
        Assert.Contains(
            "thumbprint",
            Refused(Application("Certificate") with { CertificateThumbprint = "00" }),
            StringComparison.Ordinal);
        Assert.Empty(Requests);

        static string Refused(CredentialOptions options)
        {
            TokenException error = Assert.Throws<TokenException>(() => Engine.CredentialCatalog.Create(options));
            Assert.Equal(TokenError.InvalidCertificate, error.Error);
            return error.Message;
        }
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

    // ---- federated assertions

    [Fact]
    public async Task A_workload_identity_s_file_is_read_anew_for_each_request()
    {
        string file = Path.Combine(_folder, "token");
        CredentialOptions options = Application("WorkloadIdentity") with { TokenFilePath = file };
        File.WriteAllText(file, Emulator.Issuers.Kubernetes.Issue());
        await GetAsync(options);
        File.WriteAllText(file, Emulator.Issuers.Kubernetes.Issue());
        AccessToken token = await GetAsync(options, For("LogAnalytics") with { ForceRefresh = true });

        Assert.Equal(("WorkloadIdentity", App.ClientId), (token.CredentialName, token.Identity));
        string[] assertions = [.. Requests.Select(request => request.Form["client_assertion"])];
        Assert.Equal(2, assertions.Distinct().Count());
        Assert.All(Requests, request => Assert.Equal(Assertion, request.Form["client_assertion_type"]));
    }

    [Fact]
    public async Task A_workload_identity_takes_what_the_webhook_has_set()
    {
        string file = Path.Combine(_folder, "token");
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

    [Fact]
    public async Task A_federated_token_is_handed_on_and_another_one_gets_another_token()
    {
        string assertion = Emulator.Issuers.Kubernetes.Issue();
        await GetAsync(Application("FederatedToken") with { FederatedToken = Secure(assertion) });
        Assert.Equal(assertion, Assert.Single(Requests).Form["client_assertion"]);

        // The emulator takes no assertion twice, so this one must be another request with another assertion.
        await GetAsync(
            Application("FederatedToken") with { FederatedToken = Secure(Emulator.Issuers.Kubernetes.Issue()) });
        TokenException replayed = await FailAsync(
            Application("FederatedToken") with { FederatedToken = Secure(assertion) },
            For("ResourceManager"));
        Assert.Equal(TokenError.AuthenticationFailed, replayed.Error);
        Assert.Equal(3, Requests.Count);
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

    [Fact]
    public async Task GitHub_is_asked_for_a_fresh_assertion_each_time()
    {
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.Environment["EMULATOR_GITHUB_URL"]);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Emulator.Environment["EMULATOR_GITHUB_TOKEN"]);

        AccessToken token = await GetAsync(Application("GitHubActions"));
        await GetAsync(Application("GitHubActions"), For("LogAnalytics") with { ForceRefresh = true });

        Assert.Equal(("GitHubActions", App.ClientId), (token.CredentialName, token.Identity));
        RecordedRequest ask = Requests[0];
        Assert.Equal("api://AzureADTokenExchange", ask.Query["audience"]);
        Assert.Equal("Bearer " + Emulator.Environment["EMULATOR_GITHUB_TOKEN"], ask.Headers["Authorization"]);
        Assert.Equal(2, Requests.Where(request => request.Form.ContainsKey("client_assertion"))
            .Select(request => request.Form["client_assertion"])
            .Distinct()
            .Count());
    }

    [Fact]
    public async Task Elsewhere_than_in_GitHub_Actions_it_says_so()
    {
        TokenException error = await FailAsync(Application("GitHubActions"));
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains("id-token: write", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_may_not_ask_GitHub_says_so()
    {
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.Environment["EMULATOR_GITHUB_URL"]);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "wrong");
        TokenException error = await FailAsync(Application("GitHubActions"));
        Assert.Equal(TokenError.AuthenticationFailed, error.Error);
        Assert.DoesNotContain("wrong", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Azure_Pipelines_is_asked_with_the_job_s_token()
    {
        Set("SYSTEM_OIDCREQUESTURI", Emulator.Environment["EMULATOR_PIPELINES_URL"]);
        Set("SYSTEM_ACCESSTOKEN", Emulator.Environment["EMULATOR_PIPELINES_TOKEN"]);
        CredentialOptions options = Application("AzurePipelines") with
        {
            ServiceConnectionId = Emulator.Environment["EMULATOR_SERVICE_CONNECTION_ID"],
        };

        AccessToken token = await GetAsync(options);
        await GetAsync(
            options with { SystemAccessToken = Secure(Emulator.Environment["EMULATOR_PIPELINES_TOKEN"]) },
            For("LogAnalytics") with { ForceRefresh = true });

        Assert.Equal(("AzurePipelines", App.ClientId), (token.CredentialName, token.Identity));
        Assert.Equal(
            "Bearer " + Emulator.Environment["EMULATOR_PIPELINES_TOKEN"],
            Requests[0].Headers["Authorization"]);
        Assert.Equal(options.ServiceConnectionId, Requests[0].Query["serviceConnectionId"]);
        Assert.Equal(2, Requests.Count(request => request.Form.ContainsKey("client_assertion")));
    }

    [Fact]
    public async Task A_pipeline_without_its_token_says_how_to_map_it()
    {
        Set("SYSTEM_OIDCREQUESTURI", Emulator.Environment["EMULATOR_PIPELINES_URL"]);
        Set("SYSTEM_ACCESSTOKEN", null);
        TokenException error = await FailAsync(Application("AzurePipelines") with { ServiceConnectionId = "x" });
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains("$(System.AccessToken)", error.RecommendedAction, StringComparison.Ordinal);
    }

    // ---- users

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_behalf_of_a_user_the_assertion_goes_along(bool withCertificate)
    {
        using X509Certificate2 certificate = CreateCertificate();
        App.AddCertificate(certificate);
        string assertion = Emulator.IssueUserToken(App.ClientId);
        CredentialOptions options = withCertificate
            ? Application("OnBehalfOf") with { UserAssertion = Secure(assertion), Certificate = certificate }
            : ClientSecret() with { Name = "OnBehalfOf", UserAssertion = Secure(assertion) };

        AccessToken token = await GetAsync(options);

        RecordedRequest request = TokenRequestOf("urn:ietf:params:oauth:grant-type:jwt-bearer");
        Assert.Equal((assertion, "on_behalf_of"), (request.Form["assertion"], request.Form["requested_token_use"]));
        Assert.Equal(withCertificate, request.Form.ContainsKey("client_assertion"));
        Assert.Equal(("OnBehalfOf", Emulator.Directory.User.UserPrincipalName), (token.CredentialName, token.Identity));
    }

    [Fact]
    public async Task Another_user_s_assertion_gets_another_user_s_token()
    {
        User other = Emulator.Directory.AddUser();
        CredentialOptions options = ClientSecret() with { Name = "OnBehalfOf" };
        await GetAsync(options with { UserAssertion = Secure(Emulator.IssueUserToken(App.ClientId)) });
        AccessToken token = await GetAsync(
            options with { UserAssertion = Secure(Emulator.IssueUserToken(App.ClientId, other)) });
        Assert.Equal(other.UserPrincipalName, token.Identity);
    }

    [Fact]
    public async Task A_device_code_is_shown_at_once_and_redeemed_when_it_was_entered()
    {
        Emulator.DeviceCodes.Interval = TimeSpan.FromSeconds(1);
        Caller.OnShow = text => Emulator.DeviceCodes.Approve(Emulator.DeviceCodes.Pending[^1].UserCode);
        CredentialOptions options = User("DeviceCode");

        AccessToken token = await GetAsync(options);

        Assert.Contains("https://microsoft.com/devicelogin", Assert.Single(Caller.Shown), StringComparison.Ordinal);
        Assert.InRange(
            Assert.Single(Caller.Deadlines)!.Value,
            DateTimeOffset.UtcNow,
            DateTimeOffset.UtcNow.AddMinutes(16));
        Assert.Equal(("DeviceCode", Emulator.Directory.User.UserPrincipalName), (token.CredentialName, token.Identity));

        // Further resources, and a renewal, need no person.
        await GetAsync(options, For("ResourceManager"));
        AccessToken renewed = await GetAsync(options, For("LogAnalytics") with { ForceRefresh = true });
        Assert.NotEqual(token.GetPlainText(), renewed.GetPlainText());
        Assert.Single(Caller.Shown);
        Assert.Equal(2, Requests.Count(request => request.Form.GetValueOrDefault("grant_type") == "refresh_token"));
    }

    [Fact]
    public async Task A_device_code_that_is_declined_or_expires_is_told_apart()
    {
        Emulator.DeviceCodes.Interval = TimeSpan.FromSeconds(1);
        Caller.OnShow = text => Emulator.DeviceCodes.Decline(Emulator.DeviceCodes.Pending[^1].UserCode);
        TokenException declined = await FailAsync(User("DeviceCode"));
        Assert.Equal((TokenError.AuthenticationFailed, "DeviceCode"), (declined.Error, declined.CredentialName));
        Assert.Contains("declined", declined.Message, StringComparison.Ordinal);

        Caller.OnShow = _ => { };
        TimeSpan usual = Emulator.DeviceCodes.ExpiresIn;
        Emulator.DeviceCodes.ExpiresIn = TimeSpan.FromSeconds(2);
        try
        {
            TokenException expired = await FailAsync(User("DeviceCode") with { TenantId = "organizations" });
            Assert.Equal(TokenError.Timeout, expired.Error);
            Assert.Contains("expired", expired.Message, StringComparison.OrdinalIgnoreCase);
        }
        finally
        {
            Emulator.DeviceCodes.ExpiresIn = usual;
        }
    }

    [Fact]
    public async Task A_cache_that_cannot_be_encrypted_is_refused_by_name_of_the_switch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Windows and macOS can encrypt.");
        Set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
        TokenException error = await FailAsync(
            User("DeviceCode") with { TokenCacheName = "test-" + Guid.NewGuid().ToString("n") });
        Assert.Equal(TokenError.TokenCacheUnavailable, error.Error);
        Assert.Contains("-AllowUnencryptedTokenCache", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(Caller.Shown);
    }

    // ---- the session's own login

    [Fact]
    public async Task A_session_that_has_Az_Accounts_is_asked_and_no_process_started()
    {
        string answer = Emulator.IssueUserToken(LogAnalytics);
        Caller.AzAccounts = (resource, tenant) =>
        {
            Assert.Equal((LogAnalytics, null), (resource, tenant));
            return new SessionToken(Secure(answer), DateTimeOffset.UtcNow.AddHours(1));
        };
        Set("PATH", "");
        AccessToken token = await GetAsync(Options("AzurePowerShell"));
        Assert.Equal((answer, "AzurePowerShell"), (token.GetPlainText(), token.CredentialName));
        Assert.Empty(Requests);
    }

    [Fact]
    public async Task The_session_is_asked_each_time_because_it_alone_knows_of_a_logout()
    {
        Caller.AzAccounts = (_, _) => new SessionToken(
            Secure(Emulator.IssueUserToken(LogAnalytics, Emulator.Directory.AddUser())), DateTimeOffset.UtcNow
                .AddHours(1));
        string? first = (await GetAsync(Options("AzurePowerShell"))).Identity;
        Assert.NotEqual(first, (await GetAsync(Options("AzurePowerShell"))).Identity);
        Assert.NotEqual(first, (await GetAsync(Options("Default") with { Include = ["AzurePowerShell"] })).Identity);
    }

    [Theory]
    [InlineData("AzureDeveloperCli")]
    [InlineData("AzurePowerShell")]
    [InlineData("VisualStudio")]
    public async Task A_tool_that_is_not_there_is_unavailable_and_says_so(string name)
    {
        Set("PATH", "");
        Set("PSModulePath", "");
        TokenException error = await FailAsync(Options(name));
        Assert.Equal((TokenError.CredentialUnavailable, name), (error.Error, error.CredentialName));
        Assert.NotEmpty(error.RecommendedAction);
    }

    [Fact]
    public async Task Another_login_of_azd_is_never_answered_with_the_earlier_token()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in is a shell script.");
        string config = Path.Combine(_folder, "config");
        Directory.CreateDirectory(config);
        Set("AZD_CONFIG_DIR", config);

        foreach (User user in new[] { Emulator.Directory.AddUser(), Emulator.Directory.AddUser() })
        {
            string expiresOn = $"{DateTime.UtcNow.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}";
            InstallAzd($$"""
                echo '{"token":"{{Emulator.IssueUserToken(LogAnalytics, user)}}","expiresOn":"{{expiresOn}}"}'
                """);
            File.WriteAllText(Path.Combine(config, "auth.json"), user.UserPrincipalName);
            Assert.Equal(user.UserPrincipalName, (await GetAsync(Options("AzureDeveloperCli"))).Identity);
        }
    }

    [Fact]
    public async Task A_session_s_login_takes_no_claims_and_says_so()
    {
        Caller.AzAccounts = (_, _) => throw new InvalidOperationException("Must not be asked.");
        TokenException error = await FailAsync(Options("AzurePowerShell"), For("LogAnalytics") with { Claims = "{}" });
        Assert.Equal(TokenError.InteractionRequired, error.Error);
        Assert.Contains("-ClaimsChallenge", error.RecommendedAction, StringComparison.Ordinal);
    }

    // ---- what was not asked for

    [Fact]
    public async Task What_looks_like_a_token_in_a_tool_s_words_is_not_repeated()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in is a shell script.");
        string token = Emulator.IssueUserToken(LogAnalytics);
        InstallAzd($"echo 'it went wrong with {token}' >&2; exit 1");
        TokenException error = await FailAsync(Options("AzureDeveloperCli") with { TenantId = "organizations" });
        Assert.Contains("it went wrong", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Split('.')[1], error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_for_another_audience_or_tenant_than_asked_gives_a_warning()
    {
        Emulator.Faults.Add(new Fault { Audience = "https://vault.azure.net", Times = 1 });
        await GetAsync(ClientSecret());
        Assert.Contains("https://vault.azure.net", Assert.Single(Caller.Warnings), StringComparison.Ordinal);

        string tenant = Guid.NewGuid().ToString();
        Emulator.Faults.Add(new Fault { Tenant = tenant, Times = 1 });
        await GetAsync(ClientSecret(), For("LogAnalytics") with { ForceRefresh = true });
        Assert.Equal(2, Caller.Warnings.Count);
        Assert.Contains(tenant, Caller.Warnings.Last(), StringComparison.Ordinal);
    }

    // ---- chains of the caller's own

    [Fact]
    public async Task Credentials_in_a_row_are_tried_in_turn()
    {
        Set("PATH", "");
        Credential absent = Engine.CredentialCatalog.Create(Options("AzureDeveloperCli"));
        Credential good = Engine.CredentialCatalog.Create(ClientSecret());
        Assert.Equal("ClientSecret", (await GetAsync(Options("Chain") with { Chain = [absent, good] })).CredentialName);

        Credential wrong = Engine.CredentialCatalog.Create(ClientSecret("wrong"));
        TokenException error = await FailAsync(Options("Chain") with { Chain = [wrong, good] }, For("ResourceManager"));
        Assert.Equal("AADSTS7000215", error.ErrorCode);
    }

    [Fact]
    public async Task An_own_chain_loses_no_more_time_over_an_absent_managed_identity_than_the_default_one()
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        Credential[] chain = [Engine.CredentialCatalog.Create(Options("ManagedIdentity")), Engine.CredentialCatalog
            .Create(ClientSecret())];
        Assert.Equal("ClientSecret", (await GetAsync(Options("Chain") with { Chain = chain })).CredentialName);
        Assert.Contains(
            Caller.Verboses,
            line => line.Contains("did not answer within 0.5 seconds", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_a_member_is_silent_the_whole_rest_gets_going()
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        Set("PATH", "");
        static Engine.EntraCredential Create(CredentialOptions options) =>
            (Engine.EntraCredential)Engine.CredentialCatalog.Create(options);
        var chain = new Engine.Chain(
            Options("Chain"),
            [
                new Engine.ChainMember(Create(Options("ManagedIdentity"))),
                new Engine.ChainMember(Create(Options("AzureDeveloperCli"))),
                new Engine.ChainMember(Create(ClientSecret())),
            ]);

        // The first request of a process takes its time; it is not what this is about.
        await GetAsync(ClientSecret(), For("ResourceManager"));

        AccessToken token = await chain.GetTokenAsync(For("LogAnalytics") with { ForceRefresh = true }, Caller, Stop);

        Assert.Equal("ClientSecret", token.CredentialName);
        string[] told = [.. Caller.Verboses];
        Assert.True(
            Array.FindLastIndex(told, line => line.StartsWith("ClientSecret got a token", StringComparison.Ordinal))
                < Array.FindIndex(
                    told,
                    line => line.Contains("There is no managed identity here", StringComparison.Ordinal)),
            string.Join("\n", told));
    }

    /// <summary>A shell script that stands in for azd, which needs a cloud.</summary>
    private void InstallAzd(string script)
    {
        string path = Path.Combine(_folder, "azd");
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Set("PATH", _folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
    }

    private static System.Security.SecureString Secure(string text) => new NetworkCredential("", text).SecurePassword;

    private static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        return new CertificateRequest(
            $"CN=monitor-{Guid.NewGuid():n}",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    private static void RemoveFromStore(X509Certificate2 certificate)
    {
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser);
        store.Open(OpenFlags.ReadWrite);
        store.Remove(certificate);
    }

    private CredentialOptions Application(string name) => Options(name) with
    {
        TenantId = Emulator.Directory.Tenant.Id.ToString(),
        ClientId = App.ClientId,
    };

    /// <summary>
    /// Each test's person signs in to an app of its own, so that nobody is signed in from another test.
    /// </summary>
    private CredentialOptions User(string name)
    {
        App app = Emulator.Directory.AddApp();
        app.IsPublicClient = true;
        return Options(name) with { TenantId = Emulator.Directory.Tenant.Id.ToString(), ClientId = app.ClientId };
    }

    private CredentialOptions Certificate(string source, X509Certificate2 certificate)
    {
        CredentialOptions options = Application("Certificate");
        const string Password = "correct horse";
        string path = Path.Combine(_folder, source.Replace(' ', '-'));
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

    private RecordedRequest TokenRequestOf(string grant) =>
        Assert.Single(Requests, request => request.Form.GetValueOrDefault("grant_type") == grant);

    private static JsonWebToken AssertionOf(RecordedRequest request)
    {
        Assert.Equal(Assertion, request.Form["client_assertion_type"]);
        return new JsonWebToken(request.Form["client_assertion"]);
    }
}
