using System.Net;
using System.Text.Json.Nodes;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator;

/// <summary>Entra's errors, as they were recorded.</summary>
public sealed class RecordedErrorTests(EmulatorFixture fixture) : RecordTest(fixture)
{
    private const string Members = "error:s error_description:s error_codes:a timestamp:s trace_id:s correlation_id:s";

    private const string Tail =
        @" Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$";

    [Theory]
    [InlineData(
        "N GetTokenIncorrectPassword, G InvalidSecretLive, K",
        7000215,
        401,
        "invalid_client",
        null,
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value")]
    [InlineData("L 2024-12, 2026-09", 7000222, 401, "invalid_client", null,
        "are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or "
            + "consider")]
    [InlineData(
        "G TestClientCertificateCredential_InvalidCertLive, N IncorrectCertificate",
        700027, 401, "invalid_client", null,
        "Client assertion contains an invalid signature. [Reason - The key was not found., Thumbprint of key used by "
            + "client: '")]
    [InlineData("L 2020-2026", 700016, 400, "unauthorized_client", null, "was not found in the directory 'Contoso'.")]
    [InlineData(
        "L 2020-2021 (JS)",
        90002,
        400,
        "invalid_request",
        null,
        "not found. Check to make sure you have the correct tenant ID")]
    [InlineData(
        "L 2022",
        900023,
        400,
        "invalid_request",
        null,
        "is neither a valid DNS name, nor a valid external domain.")]
    [InlineData("M, L 2023", 500011, 400, "invalid_resource", null, "was not found in the tenant named Contoso.")]
    [InlineData(
        "L 2023, 2025-07",
        1002012,
        400,
        "invalid_scope",
        null,
        "must have a scope value with /.default suffixed")]
    [InlineData(
        "L 2022-2023",
        70021,
        400,
        "invalid_request",
        null,
        "No matching federated identity record found for presented assertion.")]
    [InlineData(
        "L 2026-01",
        700213,
        401,
        "invalid_client",
        null,
        "No matching federated identity record found for presented assertion subject '")]
    [InlineData(
        "Azure/login #515, 2025-02",
        7002138,
        401,
        "invalid_client",
        null,
        "The subject matches with case-insensitive comparison, but not with case-sensitive comparison.")]
    [InlineData("L 2023", 700024, 401, "invalid_client", null, "Client assertion is not within its valid time range.")]
    [InlineData(
        "K usernamepassword_credential, L 2023, 2024",
        50076,
        400,
        "invalid_grant",
        "basic_action",
        "you must use multi-factor authentication to access '")]
    [InlineData(
        "L 2025-03",
        53003,
        400,
        "invalid_grant",
        "message_only",
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.")]
    [InlineData(
        "L 2024-06 (azure-cli #29282)",
        530003,
        400,
        "invalid_grant",
        "message_only",
        "Your device is required to be managed to access this resource.")]
    [InlineData(
        "P test_cae.test_device_code, J cae",
        50173,
        400,
        "invalid_grant",
        "bad_token",
        "The provided grant has expired due to it being revoked, a fresh auth token is needed.")]
    [InlineData(
        "L 2022, 2026-07",
        70043,
        400,
        "invalid_grant",
        "token_expired",
        "The refresh token has expired or is invalid due to sign-in frequency checks")]
    [InlineData(
        "L",
        65001,
        400,
        "invalid_grant",
        "consent_required",
        "has not consented to use the application with ID '")]
    [InlineData(
        "G InvalidPasswordLive",
        50126,
        400,
        "invalid_grant",
        null,
        "Error validating credentials due to invalid username or password.")]
    [InlineData("J cae", 50034, 400, "invalid_grant", "bad_token", "does not exist in the")]
    [InlineData(
        "G TestAuthorizationCodeCredential_InvalidCodeLive",
        54005,
        400,
        "invalid_grant",
        null,
        "OAuth2 Authorization code was already redeemed")]
    [InlineData(
        "K device_code_credential, G, P",
        70016,
        400,
        "authorization_pending",
        null,
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")]
    public async Task An_error_is_as_recorded(
        string source,
        int code,
        int status,
        string error,
        string? suberror,
        string text)
    {
        Assert.NotEmpty(source);
        Emulator.Faults.Add(new Fault { Error = $"AADSTS{code}", Times = 1 });
        Answer answer = await AppTokenAsync();

        Assert.Equal(
            (status, error, suberror),
            ((int)answer.Status, answer.Text("error"), answer.Body["suberror"]?.GetValue<string>()));
        string description = answer.Text("error_description");
        Assert.StartsWith($"AADSTS{code}: ", description, StringComparison.Ordinal);
        Assert.Contains(text, description, StringComparison.Ordinal);
        Assert.DoesNotContain('{', description);
        // K 2025, L 2023-11 and later: blanks, where there were line breaks before.
        Assert.Matches("[^ ]" + Tail, description);
        Assert.StartsWith(Members, Shape(answer.Body), StringComparison.Ordinal);
        Assert.Equal(code, answer.Body["error_codes"]![0]!.GetValue<int>());
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$", answer.Text("timestamp"));
        Assert.Equal(answer.Header("x-ms-request-id"), answer.Text("trace_id"));
        Assert.Contains(answer.Text("trace_id"), description, StringComparison.Ordinal);
        Assert.Equal(CorrelationId, answer.Text("correlation_id"));
        Assert.Equal($"1,{code},0,,", answer.Header("x-ms-clitelem"));
    }

    [Theory]
    [InlineData("G TestAuthorizationCodeCredential_InvalidCodeLive", 54005, false)]
    [InlineData("L", 70043, false)]
    [InlineData("K device_code_credential", 70016, true)]
    [InlineData("K usernamepassword_credential", 50076, true)]
    public async Task A_few_errors_have_no_uri(string source, int code, bool hasUri)
    {
        Assert.NotEmpty(source);
        Emulator.Faults.Add(new Fault { Error = $"AADSTS{code}", Times = 1 });
        JsonObject body = (await AppTokenAsync()).Body;
        Assert.Equal(hasUri, body.ContainsKey("error_uri"));
        if (hasUri)
            Assert.Equal($"https://login.microsoftonline.com/error?code={code}", body["error_uri"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("L 2020", 50076, "basic_action")]
    [InlineData("L 2023-05", 53003, "message_only")]
    public async Task Version_1_says_that_interaction_is_required_and_has_no_claims(
        string source,
        int code,
        string suberror)
    {
        Assert.NotEmpty(source);
        Emulator.Faults.Add(new Fault { Error = $"AADSTS{code}", Times = 1 });
        Answer answer = await AppTokenV1Async();
        Assert.Equal(("interaction_required", suberror), (answer.Text("error"), answer.Text("suberror")));
        Assert.Equal(Members + " error_uri:s suberror:s", Shape(answer.Body));
    }

    [Fact] // L 2025-03 (rclone's documentation)
    public async Task A_policy_that_blocks_names_itself_in_claims()
    {
        Emulator.Faults.Add(new Fault { Error = "AADSTS53003", Times = 1 });
        Answer answer = await AppTokenAsync();
        Assert.Equal(Members + " error_uri:s suberror:s claims:s", Shape(answer.Body));
        Assert.Matches(
            """^\{"access_token":\{"capolids":\{"essential":true,"values":\["[0-9a-f-]{36}"\]\}\}\}$""",
            answer.Text("claims"));
    }

    // The codes that people meet most. Those without a recording are as the documentation has them.
    [Theory]
    [InlineData(7000215)]
    [InlineData(7000222)]
    [InlineData(700016)]
    [InlineData(90002)]
    [InlineData(900023)]
    [InlineData(7000112)]
    [InlineData(70021)]
    [InlineData(700211)]
    [InlineData(700212)]
    [InlineData(700213)]
    [InlineData(7002138)]
    [InlineData(700024)]
    [InlineData(700025)]
    [InlineData(700027)]
    [InlineData(53000)]
    [InlineData(53003)]
    [InlineData(530003)]
    [InlineData(500011)]
    [InlineData(500014)]
    [InlineData(650057)]
    [InlineData(1002012)]
    [InlineData(65004)]
    [InlineData(65001)]
    [InlineData(50076)]
    [InlineData(50079)]
    [InlineData(50078)]
    [InlineData(50173)]
    [InlineData(70043)]
    [InlineData(700082)]
    [InlineData(500133)]
    [InlineData(50158)]
    [InlineData(50011)]
    [InlineData(50034)]
    [InlineData(50058)]
    [InlineData(50105)]
    [InlineData(50126)]
    [InlineData(70008)]
    [InlineData(70016)]
    [InlineData(70018)]
    [InlineData(70020)]
    [InlineData(7000216)]
    [InlineData(7000218)]
    [InlineData(900971)]
    [InlineData(90033)]
    [InlineData(90055)]
    [InlineData(50196)]
    public async Task A_code_alone_gives_the_whole_error_at_both_endpoints(int code)
    {
        Emulator.Faults.Add(new Fault { Error = $"AADSTS{code}", Times = 2 });
        foreach (Answer answer in new[] { await AppTokenAsync(), await AppTokenV1Async() })
        {
            Assert.StartsWith(Members, Shape(answer.Body), StringComparison.Ordinal);
            Assert.DoesNotContain("a test asked for", answer.RawText, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"\{\w+\}", answer.Text("error_description"));
        }
    }

    [Fact]
    public async Task What_a_test_says_about_an_error_is_what_it_gets()
    {
        Emulator.Faults.Add(
            new Fault { Error = new EntraError(50076, "interaction_required", "More.") { Claims = "{}" }, Times = 2 });
        foreach (Answer answer in new[] { await AppTokenAsync(), await AppTokenV1Async() })
        {
            Assert.Equal(("interaction_required", "{}"), (answer.Text("error"), answer.Text("claims")));
            Assert.StartsWith(
                "AADSTS50076: More. Trace ID: ",
                answer.Text("error_description"),
                StringComparison.Ordinal);
        }
    }

    [Fact] // L; the errors that are provoked must be those that are pretended
    public async Task What_is_really_wrong_gives_the_same_as_a_fault_of_its_code()
    {
        string absent = Guid.NewGuid().ToString();
        await AssertSameAsync("AADSTS7000215", () => AppTokenAsync(secret: "wrong"));
        await AssertSameAsync("AADSTS700016", () => AppTokenAsync(clientId: absent));
        await AssertSameAsync("AADSTS90002", () => AppTokenAsync(tenant: absent));
        await AssertSameAsync("AADSTS900023", () => AppTokenAsync(tenant: "test"));
        await AssertSameAsync("AADSTS500011", () => AppTokenAsync(scope: "https://unknown.example/.default"));

        async Task AssertSameAsync(string code, Func<Task<Answer>> ask)
        {
            Answer real = await ask();
            Emulator.Faults.Add(new Fault { Error = code, Times = 1 });
            Answer pretended = await ask();
            Assert.Equal(
                (real.Status, Shape(real.Body), Words(real)),
                (pretended.Status, Shape(pretended.Body), Words(pretended)));
        }

        static string Words(Answer answer) =>
            answer.Text("error") + answer.Text("error_description").Split(" Trace ID")[0];
    }

    [Theory] // J environmentcredential (2023); L 2023, 2024-07
    [InlineData("8b0d0e4e-0000-4000-8000-000000000000")]
    [InlineData("unknown.example")]
    [InlineData("test")]
    public async Task A_tenant_that_discovery_does_not_know_is_invalid(string tenant)
    {
        Answer answer = await GetAsync(
            $"https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration");
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_tenant"), (answer.Status, answer.Text("error")));
        Assert.StartsWith(
            $"AADSTS90002: Tenant '{tenant}' not found.",
            answer.Text("error_description"),
            StringComparison.Ordinal);
        Assert.Null(answer.Header("x-ms-clitelem"));
    }
}
