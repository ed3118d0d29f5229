using System.Globalization;
using System.Net;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator;

/// <summary>What Entra gives when all is well, as it was recorded: tokens, device codes and discovery.</summary>
public sealed class RecordedAnswerTests(EmulatorFixture fixture) : RecordTest(fixture)
{
    private const string AppMembers = "token_type:s expires_in:n ext_expires_in:n access_token:s";

    [Theory]
    [InlineData("K client_secret_credential, N ClientSecret GetToken", Arm + "/.default")]
    [InlineData("K client_secret_credential, client_cert_credential", Arm + "/.default openid offline_access profile")]
    public async Task An_app_gets_a_token_for_an_hour(string source, string scope)
    {
        Assert.NotEmpty(source);
        Answer answer = await AppTokenAsync(scope);
        Assert.Equal(AppMembers, Shape(answer.Body));
        Assert.Equal(
            ("Bearer", 3599, 3599),
            (answer.Text("token_type"), answer.Number("expires_in"), answer.Number("ext_expires_in")));
        // Five minutes before, and an hour after: the documented answer of version 1 has the same span.
        AssertSpan(answer.Text("access_token"), 3900);
    }

    [Theory]
    [InlineData(
        "N ClientSecretCredentialLiveTests/GetToken (2020-12)",
        43199,
        "token_type:s expires_in:n ext_expires_in:n refresh_in:n access_token:s")]
    [InlineData("K workloadidentity_credential", null, AppMembers)]
    public async Task A_token_for_a_day_may_say_when_to_renew_it(string source, int? refreshIn, string members)
    {
        Assert.NotEmpty(source);
        App.TokenLifetime = TimeSpan.FromSeconds(86399);
        App.RefreshIn = refreshIn is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        Answer answer = await AppTokenAsync();
        Assert.Equal(members, Shape(answer.Body));
        Assert.Equal(
            (86399, refreshIn),
            (answer.Number("expires_in"), (int?)answer.Body["refresh_in"]?.GetValue<long>()));
    }

    [Fact] // L: Azure's documentation of the v1 endpoint and of the custom metrics API
    public async Task Version_1_writes_all_numbers_as_strings()
    {
        Answer answer = await AppTokenV1Async("https://monitoring.azure.com");
        Assert.Equal(
            "token_type:s expires_in:s ext_expires_in:s expires_on:s not_before:s resource:s access_token:s",
            Shape(answer.Body));
        Assert.Equal("3599", answer.Text("expires_in"));
        Assert.Equal(3900, long.Parse(answer.Text("expires_on"), CultureInfo.InvariantCulture)
            - long.Parse(answer.Text("not_before"), CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("G TestDeviceCodeCredential_Live/default_options, P test_cae.test_device_code", true)]
    [InlineData("K device_code_credential", false)]
    public async Task A_user_s_answer_says_more(string source, bool azureCli)
    {
        Assert.NotEmpty(source);
        const string Scope = "https://management.core.windows.net//.default openid profile offline_access";
        string client = azureCli ? EntraDirectory.AzureCliClientId : PublicApp();
        Answer answer = await SignInAsync(client, Scope);

        string foci = azureCli ? "foci:s " : "";
        Assert.Equal("token_type:s scope:s expires_in:n ext_expires_in:n access_token:s refresh_token:s "
            + $"{foci}id_token:s client_info:s", Shape(answer.Body));
        Assert.Equal(
            "https://management.core.windows.net//user_impersonation https://management.core.windows.net//.default",
            answer.Text("scope"));
        Assert.InRange(answer.Number("expires_in"), 3600, 5400);
        if (azureCli)
            Assert.Equal("1", answer.Text("foci"));
    }

    [Fact] // MSAL.NET takes no other token_type for it; what the token is bound to is in cnf (RFC 7800)
    public async Task A_token_with_proof_of_possession_is_bound_to_the_client_s_key()
    {
        Answer bound = await BoundAsync("pop", Base64UrlEncoder.Encode("""{"kid":"key-1"}"""));
        Assert.Equal("pop", bound.Text("token_type"));
        string token = bound.Text("access_token");
        Assert.Equal("""{"kid":"key-1"}""", new JsonWebToken(token).GetClaim("cnf").Value);
        Answer taken = await GetAsync(
            Arm + "/subscriptions?api-version=2022-12-01", ("Authorization", "Bearer " + token));
        Assert.Equal(HttpStatusCode.Unauthorized, taken.Status);

        Assert.Equal("Bearer", (await BoundAsync("Bearer", null)).Text("token_type"));
        foreach ((string type, string? key) in new (string, string?)[]
        {
            ("pop", null), ("pop", "%"), ("pop", Base64UrlEncoder.Encode("[]")), ("ssh-cert", "x"), ("mtls_pop", null),
        })
        {
            Answer refused = await BoundAsync(type, key);
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (refused.Status, refused.Text("error")));
        }

        Task<Answer> BoundAsync(string type, string? key) => TokenAsync(
            ("grant_type", "client_credentials"),
            ("client_id", App.ClientId),
            ("client_secret", App.Secret),
            ("scope", Arm + "/.default"),
            ("token_type", type),
            ("req_cnf", key ?? ""));
    }

    [Fact] // N DefaultAzureCredential_UseVisualStudioCodeCredential
    public async Task A_refresh_token_gives_the_next_one_and_its_age()
    {
        string client = PublicApp();
        Answer first = await SignInAsync(client, Arm + "/.default openid profile offline_access");
        Answer next = await TokenAsync(
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("refresh_token", first.Text("refresh_token")),
            ("scope", Arm + "/.default openid profile offline_access"),
            ("client_info", "1"));
        Assert.Equal(Shape(first.Body), Shape(next.Body));
        Assert.NotEqual(first.Text("refresh_token"), next.Text("refresh_token"));
        Assert.Matches(@"^1,0,0,\d+\.\d{4},$", next.Header("x-ms-clitelem")!);
    }

    [Fact] // P test_obo.test_obo
    public async Task On_behalf_of_a_user_there_is_no_family()
    {
        Answer answer = await TokenAsync(
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("requested_token_use", "on_behalf_of"),
            ("client_id", App.ClientId),
            ("client_secret", App.Secret),
            ("assertion", Emulator.IssueUserToken(App.ClientId)),
            ("scope", Arm + "/.default openid profile offline_access"),
            ("client_info", "1"));
        Assert.Equal(
            "token_type:s scope:s expires_in:n ext_expires_in:n access_token:s refresh_token:s id_token:s "
                + "client_info:s",
            Shape(answer.Body));
    }

    [Fact] // K device_code_credential, G, P
    public async Task A_device_code_is_as_recorded_and_polls_go_by_the_id_of_its_request()
    {
        string client = PublicApp();
        Answer code = await PostAsync("oauth2/v2.0/devicecode", [("client_id", client), ("scope", Arm + "/.default")]);
        Assert.Equal(
            "user_code:s device_code:s verification_uri:s expires_in:n interval:n message:s",
            Shape(code.Body));
        Assert.Matches("^[A-Z0-9]{9}$", code.Text("user_code"));
        Assert.Equal("https://microsoft.com/devicelogin", code.Text("verification_uri"));
        Assert.Equal(900, code.Number("expires_in"));
        Assert.Equal(
            "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code "
                + $"{code.Text("user_code")} to authenticate.",
            code.Text("message"));
        Assert.Equal("1,0,0,,", code.Header("x-ms-clitelem"));

        using var poll = new HttpRequestMessage(
            HttpMethod.Post,
            $"https://login.microsoftonline.com/{Tenant.Id}/oauth2/v2.0/token")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "device_code",
                ["client_id"] = client,
                ["device_code"] = code.Text("device_code"),
            }),
            Headers = { { "client-request-id", Guid.NewGuid().ToString() } },
        };
        Answer pending = await SendAsync(poll);
        Assert.Equal("authorization_pending", pending.Text("error"));
        Assert.Equal(
            (CorrelationId, CorrelationId),
            (pending.Text("correlation_id"), pending.Header("client-request-id")));
    }

    [Theory] // K, N, G, P, J
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_token_endpoint_s_headers_are_as_recorded(bool refused)
    {
        Answer answer = await AppTokenAsync(secret: refused ? "wrong" : null);
        Assert.Equal(refused ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, answer.Status);
        Assert.Equal("no-store, no-cache", answer.Header("Cache-Control"));
        Assert.Equal("no-cache", answer.Header("Pragma"));
        Assert.Equal("-1", answer.Header("Expires"));
        Assert.Equal("application/json; charset=utf-8", answer.Header("Content-Type"));
        Assert.Equal(
            System.Text.Encoding.UTF8.GetByteCount(answer.RawText).ToString(CultureInfo.InvariantCulture),
            answer.Header("Content-Length"));
        Assert.Null(answer.Header("Transfer-Encoding"));
        // Though the client has said that it need not come back.
        Assert.Equal(CorrelationId, answer.Header("client-request-id"));
        Assert.True(Guid.TryParse(answer.Header("x-ms-request-id"), out _));
        Assert.Matches(@"^\d+\.\d+\.\d+\.\d+ - \w+ ProdSlices$", answer.Header("x-ms-ests-server")!);
        Assert.Equal(refused ? "1,7000215,0,," : "1,0,0,,", answer.Header("x-ms-clitelem"));
        Assert.Equal("1.P", answer.Header("x-ms-srs"));
        Assert.Equal("CP=\"DSP CUR OTPi IND OTRi ONL FIN\"", answer.Header("P3P"));
        Assert.Equal("max-age=31536000; includeSubDomains", answer.Header("Strict-Transport-Security"));
        AssertCookies(answer);
    }

    [Fact] // K, N, G, P, J
    public async Task Discovery_knows_five_clouds()
    {
        Answer answer = await GetAsync(
            "https://login.microsoftonline.com/common/discovery/instance?api-version=1.1"
                + "&authorization_endpoint=https://login.microsoftonline.com/common/oauth2/v2.0/authorize");
        Assert.Equal("tenant_discovery_endpoint:s api-version:s metadata:a", Shape(answer.Body));
        Assert.Equal("1.1", answer.Text("api-version"));
        Assert.Equal(
            [
                "login.microsoftonline.com login.windows.net login.microsoft.com sts.windows.net",
                "login.partner.microsoftonline.cn login.chinacloudapi.cn",
                "login.microsoftonline.de",
                "login.microsoftonline.us login.usgovcloudapi.net",
                "login-us.microsoftonline.com",
            ],
            answer.Body["metadata"]!.AsArray().Select(
                cloud => string.Join(' ', cloud!["aliases"]!.AsArray().Select(alias => alias!.GetValue<string>()))));
        Assert.Equal("max-age=86400, private", answer.Header("Cache-Control"));
        Assert.Null(answer.Header("x-ms-clitelem"));
        AssertCookies(answer);
    }

    [Fact] // K, N, G, P, J; the two members about certificates: L (openiddict #2298, azure-cli #32943)
    public async Task An_authority_describes_itself_as_recorded()
    {
        Answer answer = await GetAsync(
            $"https://login.microsoftonline.com/{Tenant.Domain}/v2.0/.well-known/openid-configuration");
        Assert.Equal(
            "token_endpoint:s token_endpoint_auth_methods_supported:a mtls_endpoint_aliases:o jwks_uri:s "
                + "response_modes_supported:a "
                + "subject_types_supported:a id_token_signing_alg_values_supported:a response_types_supported:a "
                    + "scopes_supported:a "
                + "issuer:s request_uri_parameter_supported:b userinfo_endpoint:s authorization_endpoint:s "
                + "device_authorization_endpoint:s http_logout_supported:b frontchannel_logout_supported:b "
                    + "end_session_endpoint:s "
                + "claims_supported:a kerberos_endpoint:s tls_client_certificate_bound_access_tokens:b "
                    + "tenant_region_scope:s "
                + "cloud_instance_name:s cloud_graph_host_name:s msgraph_host:s rbac_url:s",
            Shape(answer.Body));
        Assert.Equal(19, answer.Body["claims_supported"]!.AsArray().Count);
        Assert.Equal("microsoftonline.com", answer.Text("cloud_instance_name"));
        Assert.Equal($"https://login.microsoftonline.com/{Tenant.Id}/oauth2/v2.0/token", answer.Text("token_endpoint"));
        Assert.Equal("max-age=86400, private", answer.Header("Cache-Control"));
        Assert.Null(answer.Header("Pragma"));

        Answer shared = await GetAsync(
            "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration");
        Assert.Null(shared.Body["tenant_region_scope"]);
        Assert.Contains("tenant_region_scope:null", Shape(shared.Body), StringComparison.Ordinal);
        Assert.Equal("https://login.microsoftonline.com/{tenantid}/v2.0", shared.Text("issuer"));
    }

    [Fact] // K, G, P
    public async Task A_user_s_home_is_here()
    {
        string user = Emulator.Directory.User.UserPrincipalName;
        Answer answer = await GetAsync($"https://login.microsoftonline.com/common/UserRealm/{user}?api-version=1.0");
        Assert.Equal(
            $$"""{"ver":"1.0","account_type":"Managed","domain_name":"{{Tenant.Domain}}","""
                + "\"cloud_instance_name\":\"microsoftonline.com\","
                + "\"cloud_audience_urn\":\"urn:federation:MicrosoftOnline\"}",
            answer.RawText);
    }

    private static void AssertCookies(Answer answer)
    {
        string cookies = answer.Header("Set-Cookie")!;
        foreach (string name in new[] { "fpc=", "x-ms-gateway-slice=", "stsservicecookie=" })
            Assert.Contains(name, cookies, StringComparison.Ordinal);
    }

    private static void AssertSpan(string token, long seconds)
    {
        var jwt = new JsonWebToken(token);
        Assert.Equal(jwt.IssuedAt, jwt.ValidFrom);
        Assert.Equal(seconds, (long)(jwt.ValidTo - jwt.ValidFrom).TotalSeconds);
    }

    private string PublicApp()
    {
        App app = Emulator.Directory.AddApp();
        app.IsPublicClient = true;
        return app.ClientId;
    }

    private async Task<Answer> SignInAsync(string client, string scope)
    {
        Answer code = await PostAsync("oauth2/v2.0/devicecode", [("client_id", client), ("scope", scope)]);
        Emulator.DeviceCodes.Approve(code.Text("user_code"));
        return await TokenAsync(
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", client),
            ("device_code", code.Text("device_code")),
            ("client_info", "1"));
    }
}
