using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Errors;

public sealed class TokenErrorsTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Theory]
    [InlineData("AADSTS7000222", "AuthenticationFailed")]
    [InlineData("AADSTS53003", "AuthenticationFailed")]
    [InlineData("AADSTS50076", "InteractionRequired")]
    [InlineData("AADSTS65001", "InteractionRequired")]
    [InlineData("AADSTS4242", "AuthenticationFailed")]
    public async Task An_error_of_Entra_s_has_its_kind_its_code_and_its_ids(string code, string kind)
    {
        foreach (bool v1 in new[] { false, true })
        {
            Emulator.Faults.Add(new Fault { Error = code, Times = 1 });
            TokenException error = await FailAsync(ClientSecret() with { UseV1Endpoint = v1 });
            Assert.Equal((kind, code, "ClientSecret"), (error.Error.ToString(), error.ErrorCode, error.CredentialName));
            Assert.True(Guid.TryParse(error.CorrelationId, out _));
            Assert.True(Guid.TryParse(error.TraceId, out _));
            Assert.DoesNotContain("Trace ID", error.Message, StringComparison.Ordinal);
            Assert.NotEmpty(error.RecommendedAction);
        }
    }

    [Fact]
    public async Task A_claims_challenge_is_handed_on()
    {
        Emulator.Faults.Add(new Fault
        {
            Error = new EntraError(50076, "interaction_required", "More is needed.")
            {
                Claims = """{"access_token":{"x":null}}""",
            },
            Times = 1,
        });
        TokenException error = await FailAsync(ClientSecret());
        Assert.Equal(TokenError.InteractionRequired, error.Error);
        Assert.Equal("""{"access_token":{"x":null}}""", error.Claims);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wrong_parameter_has_Entra_s_code(bool v1)
    {
        CredentialOptions right = ClientSecret() with { UseV1Endpoint = v1 };
        Assert.Equal("AADSTS7000215", (await FailAsync(ClientSecret("wrong") with { UseV1Endpoint = v1 })).ErrorCode);
        Assert.Equal("AADSTS90002", (await FailAsync(right with { TenantId = Guid.NewGuid().ToString() })).ErrorCode);
        Assert.Equal("AADSTS700016", (await FailAsync(right with { ClientId = Guid.NewGuid().ToString() })).ErrorCode);

        TokenException unknown = await FailAsync(right, For("https://unknown.example"));
        Assert.Equal((TokenError.ResourceNotFound, "AADSTS500011"), (unknown.Error, unknown.ErrorCode));
    }

    [Theory]
    [InlineData("a tenant")]
    [InlineData("")]
    [InlineData("../evil")]
    [InlineData("contoso?x")]
    [InlineData("contoso.onmicrosoft.com\n")]
    public void What_cannot_be_a_tenant_is_refused_before_any_request(string tenant)
    {
        TokenException error = Assert.Throws<TokenException>(
            () => CredentialCatalog.Create(ClientSecret() with { TenantId = tenant }));
        Assert.Equal(TokenError.InvalidTenant, error.Error);
        Assert.Empty(Requests);
    }

    [Fact]
    public void What_cannot_be_a_credential_is_refused_before_any_request()
    {
        Assert.Equal(TokenError.InvalidCredential, Refused(ClientSecret("")));
        Assert.Equal(TokenError.InvalidCredential, Refused(ClientSecret() with { ClientId = "" }));
        Assert.Equal(
            TokenError.InvalidOption,
            Refused(Options("ManagedIdentity") with { ClientId = "x", IdentityObjectId = "y" }));
        Assert.Equal(
            TokenError.InvalidOption,
            Refused(Options("ManagedIdentity") with { IdentityResourceId = "garbage" }));

        static TokenError Refused(CredentialOptions options) =>
            Assert.Throws<TokenException>(() => CredentialCatalog.Create(options)).Error;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_unreachable_authority_is_not_a_refusal(bool v1)
    {
        UseFakeClock();
        CredentialOptions options = ClientSecret() with
        {
            UseV1Endpoint = v1,
            Authority = Authority.For(new Uri("https://localhost:1")),
            DisableInstanceDiscovery = true,
        };
        TokenException error = await FailAsync(options, For(LogAnalytics));
        Assert.Equal((TokenError.AuthorityUnreachable, "ClientSecret"), (error.Error, error.CredentialName));
    }

    [Theory]
    [InlineData("<html>502 from some proxy</html>", 502)]
    [InlineData("{", 503)]
    public async Task An_answer_that_is_not_Entra_s_is_no_refusal(string body, int status)
    {
        UseFakeClock();
        Emulator.Faults.Add(new Fault { Body = body, Status = status });
        foreach (bool v1 in new[] { false, true })
            Assert.Equal(
                TokenError.AuthorityUnreachable,
                (await FailAsync(ClientSecret() with { UseV1Endpoint = v1 })).Error);
    }

    [Fact]
    public async Task The_caller_s_deadline_holds()
    {
        Emulator.Faults.Add(new Fault { Hang = true });
        TokenException error = await FailAsync(
            ClientSecret(),
            For("LogAnalytics") with { Timeout = TimeSpan.FromMilliseconds(300) });
        Assert.Equal((TokenError.Timeout, "ClientSecret"), (error.Error, error.CredentialName));
    }

    [Fact]
    public async Task At_the_deadline_the_cached_token_is_used_while_it_is_valid()
    {
        Emulator.Faults.Add(new Fault { TokenLifetimeSeconds = 6, Times = 1 });
        AccessToken held = await GetAsync(ClientSecret());
        await Eventually.DueAsync(held);
        Emulator.Faults.Add(new Fault { Hang = true });

        AccessToken token = await GetAsync(
            ClientSecret(),
            For("LogAnalytics") with { Timeout = TimeSpan.FromMilliseconds(300) });

        Assert.Equal(held.GetPlainText(), token.GetPlainText());
        Assert.Contains(
            "couldn't be renewed within 0.3 seconds", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_of_the_metadata_service_is_one_sentence()
    {
        TokenException error = await FailAsync(Options("ManagedIdentity"), For("https://unknown.example"));
        Assert.Equal(TokenError.ResourceNotFound, error.Error);
        Assert.DoesNotContain("Headers", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_passing_fault_is_tried_again()
    {
        Emulator.Faults.Add(new Fault { Status = 503, Times = 1 });
        Assert.NotEmpty((await GetAsync(ClientSecret())).GetPlainText());
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task No_secret_and_no_token_is_in_any_message()
    {
        string secret = App.AddSecret("canary-secret-4f1c");
        AccessToken token = await GetAsync(ClientSecret(secret));
        Emulator.Faults.Add(new Fault
        {
            Body = $$"""{"access_token":"{{token.GetPlainText()}}","token_type":null,"expires_in":"soon"}""",
            Times = 2,
        });
        var errors = new List<string>();
        foreach (bool v1 in new[] { false, true })
        {
            Exception? error = await Record.ExceptionAsync(() => GetAsync(
                ClientSecret(secret) with { UseV1Endpoint = v1 },
                For("LogAnalytics") with { ForceRefresh = true }));
            errors.Add(Assert.IsType<TokenException>(error).ToString());
        }

        errors.Add((await FailAsync(ClientSecret(secret + "x"))).ToString());
        foreach (string text in errors.Concat(Caller.Verboses).Concat(Caller.Warnings).Append(token.ToString()))
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(token.GetPlainText(), text, StringComparison.Ordinal);
        }
    }
}
