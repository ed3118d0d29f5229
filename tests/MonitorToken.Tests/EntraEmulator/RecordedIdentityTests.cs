using System.Globalization;
using System.Net;
using Microsoft.IdentityModel.JsonWebTokens;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator;

/// <summary>The hosts of managed identities, as they were recorded.</summary>
public sealed class RecordedIdentityTests(EmulatorFixture fixture) : RecordTest(fixture)
{
    private string Imds => $"{Emulator.HttpAddress}metadata/identity/oauth2/token?api-version=2018-02-01";

    [Fact] // K managedidentity_credential, G IMDSClientIDLive, P test_imds_credential, N
    public async Task A_virtual_machine_s_answer_is_all_strings_in_alphabetical_order()
    {
        Answer answer = await ImdsAsync("&resource=" + Arm);
        Assert.Equal(
            "access_token:s client_id:s expires_in:s expires_on:s ext_expires_in:s not_before:s resource:s "
                + "token_type:s", Shape(answer.Body));
        Assert.Matches(@"^IMDS/\d+\.\d+\.\d+\.\d+$", answer.Header("Server")!);
        Assert.Equal("86399", answer.Text("ext_expires_in"));
        Assert.NotNull(answer.Header("Content-Length"));
    }

    [Fact] // K, G: expires_in 85771 and 86315 against ext_expires_in 86399
    public async Task A_virtual_machine_keeps_its_token()
    {
        Answer first = await ImdsAsync("&resource=" + Arm);
        await Task.Delay(TimeSpan.FromSeconds(1.1), Stop);
        Answer second = await ImdsAsync("&resource=" + Arm);
        Assert.Equal(first.Text("access_token"), second.Text("access_token"));
        Assert.Equal(first.Text("expires_on"), second.Text("expires_on"));
        Assert.InRange(Number(second, "expires_in"), 86300, Number(first, "expires_in") - 1);
        Assert.Equal("86399", second.Text("ext_expires_in"));

        Answer other = await ImdsAsync("&resource=" + LogAnalytics);
        Assert.NotEqual(first.Text("access_token"), other.Text("access_token"));
        Emulator.ImdsTokens.Clear();
        Assert.NotEqual(first.Text("access_token"), (await ImdsAsync("&resource=" + Arm)).Text("access_token"));
    }

    [Fact]
    public async Task A_kept_token_that_nears_its_end_is_replaced_and_a_spoilt_one_never_kept()
    {
        ManagedIdentity identity = Emulator.Directory.AddUserIdentity();
        identity.TokenLifetime = TimeSpan.FromMinutes(4);
        string query = $"&resource={Arm}&client_id={identity.ClientId}";
        Assert.NotEqual((await ImdsAsync(query)).Text("access_token"), (await ImdsAsync(query)).Text("access_token"));

        Emulator.Faults.Add(new Fault { AccessToken = "opaque", Times = 1 });
        Assert.Equal("opaque", (await ImdsAsync("&resource=" + Arm)).Text("access_token"));
        Assert.NotEqual("opaque", (await ImdsAsync("&resource=" + Arm)).Text("access_token"));
    }

    [Theory]
    [InlineData(
        "P test_imds_credential",
        "",
        false,
        """{"error":"invalid_request","error_description":"Required metadata header not specified"}""")]
    [InlineData(
        "L",
        "&resource=x&client_id=4e4e4e4e-0000-4000-8000-000000000000",
        true,
        """{"error":"invalid_request","error_description":"Identity not found"}""")]
    public async Task A_virtual_machine_refuses_in_two_members(string source, string query, bool header, string body)
    {
        Assert.NotEmpty(source);
        Answer answer = await ImdsAsync(query, header);
        Assert.Equal((HttpStatusCode.BadRequest, body), (answer.Status, answer.RawText));
    }

    [Fact] // M GetMsiImdsErrorResponse; MSAL.NET issue #3979 (2023)
    public async Task A_virtual_machine_hands_on_all_that_Entra_says()
    {
        Answer answer = await ImdsAsync("&resource=https://unknown.example");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(
            "error:s error_description:s error_codes:a timestamp:s trace_id:s correlation_id:s error_uri:s", Shape(
                answer.Body));
        Assert.Equal("invalid_resource", answer.Text("error"));
        Assert.Contains("in the tenant named Contoso.", answer.Text("error_description"), StringComparison.Ordinal);
        Assert.Contains(" Trace ID: ", answer.Text("error_description"), StringComparison.Ordinal);
    }

    [Fact] // P test_imds_credential.test_user_assigned
    public async Task A_managed_identity_s_token_tells_what_it_is()
    {
        Emulator.ImdsTokens.Clear();
        var token = new JsonWebToken((await ImdsAsync(
            $"&resource={Arm}&client_id={Emulator.Directory.UserIdentity.ClientId}")).Text("access_token"));
        Assert.Equal(
            ("app", "2", Emulator.Directory.UserIdentity.ResourceId),
            (token.GetClaim("idtyp").Value, token.GetClaim("appidacr").Value, token.GetClaim("xms_mirid").Value));
        Assert.Equal(token.IssuedAt, token.ValidFrom);
        Assert.Equal(86700, (token.ValidTo - token.ValidFrom).TotalSeconds);
    }

    [Theory] // D: instance metadata service; what MSAL asks for its region: as text, or all about the machine
    [InlineData("compute/location?api-version=2020-06-01&format=text", HttpStatusCode.OK, "westus2")]
    [InlineData("compute/x?api-version=2020-06-01&format=text", HttpStatusCode.NotFound, """{"error":"Not found"}""")]
    [InlineData("compute/location?format=text", HttpStatusCode.BadRequest, "newest-versions")]
    [InlineData("?api-version=2021-02-01", HttpStatusCode.OK, "\"location\":\"westus2\"")]
    [InlineData("?api-version=2021-02-01&format=text", HttpStatusCode.OK, "compute")]
    public async Task A_virtual_machine_knows_its_region(string query, HttpStatusCode status, string text)
    {
        string url = $"{Emulator.HttpAddress}metadata/instance/{query}";
        Answer answer = await GetAsync(url, ("Metadata", "true"));
        Assert.Equal(status, answer.Status);
        Assert.Contains(text, answer.RawText, StringComparison.Ordinal);

        Answer bare = await GetAsync(url);
        Assert.Equal(
            (HttpStatusCode.BadRequest, """{"error":"Bad request. Required metadata header not specified"}"""),
            (bare.Status, bare.RawText));
    }

    [Fact] // D: the members that MSAL reads
    public async Task A_virtual_machine_tells_what_it_is()
    {
        Answer answer = await GetAsync(
            $"{Emulator.HttpAddress}metadata/instance/compute?api-version=2020-06-01", ("Metadata", "true"));
        Assert.Equal("westus2", answer.Text("location"));
        Assert.Equal(Emulator.Directory.SystemIdentity.ResourceId, answer.Text("resourceId"));
    }

    [Theory] // azure-sdk-for-python #31032 and #36047: a client id that is none counts as left out
    [InlineData(null)]
    [InlineData("clientid")]
    public async Task A_compute_of_Machine_Learning_has_an_identity_of_its_own(string? clientId)
    {
        string own = Emulator.Environment["EMULATOR_MACHINE_LEARNING_CLIENT_ID"];
        Assert.Equal(own, (await MachineLearningAsync(clientId)).Text("client_id"));
        Assert.Equal(own, (await MachineLearningAsync(own)).Text("client_id"));
        string other = Emulator.Directory.UserIdentity.ClientId.ToString();
        Assert.Equal(other, (await MachineLearningAsync(other)).Text("client_id"));
        Assert.Equal(HttpStatusCode.BadRequest, (await MachineLearningAsync($"{Guid.NewGuid()}")).Status);

        Task<Answer> MachineLearningAsync(string? id) => GetAsync(
            $"{Emulator.Environment["EMULATOR_MACHINE_LEARNING_ENDPOINT"]}?api-version=2017-09-01&resource={Arm}"
                + (id is null ? "" : $"&clientid={id}"),
            ("secret", Emulator.MachineLearningSecret));
    }

    [Fact] // azure-sdk-for-js: its pipelines credential refuses any other
    public void Azure_Pipelines_gives_its_tokens_over_TLS() =>
        Assert.StartsWith("https://", Emulator.Environment["EMULATOR_PIPELINES_URL"], StringComparison.Ordinal);

    [Fact] // documented; the first version is recorded
    public async Task App_Service_counts_seconds()
    {
        Answer answer = await AppServiceAsync("2019-08-01", "X-IDENTITY-HEADER", "&resource=" + Arm);
        Assert.Equal("access_token:s expires_on:s resource:s token_type:s client_id:s", Shape(answer.Body));
        Assert.Matches(@"^\d+$", answer.Text("expires_on"));
    }

    [Fact] // P test_app_service
    public async Task App_Service_s_first_version_writes_dates()
    {
        string id = Emulator.Directory.UserIdentity.ClientId.ToString();
        Answer answer = await AppServiceAsync("2017-09-01", "secret", $"&resource={Arm}&clientid={id}");
        Assert.Equal("access_token:s expires_on:s resource:s token_type:s client_id:s", Shape(answer.Body));
        Assert.Matches(@"^\d\d/\d\d/\d{4} \d\d:\d\d:\d\d \+00:00$", answer.Text("expires_on"));
        var expiresOn = DateTimeOffset.ParseExact(
            answer.Text("expires_on"),
            "MM/dd/yyyy HH:mm:ss zzz",
            CultureInfo.InvariantCulture);
        Assert.InRange(expiresOn - DateTimeOffset.UtcNow, TimeSpan.FromHours(23), TimeSpan.FromHours(25));
        Assert.Equal(id, answer.Text("client_id"));
        Assert.Equal(("Kestrel", "chunked"), (answer.Header("Server"), answer.Header("Transfer-Encoding")));
    }

    [Fact] // L, M
    public async Task App_Service_refuses_in_its_own_form()
    {
        const string Unknown = "4e4e4e4e-0000-4000-8000-000000000000";
        foreach (Answer answer in new[]
        {
            await AppServiceAsync("2019-08-01", "X-IDENTITY-HEADER", $"&resource={Arm}&client_id={Unknown}"),
            await AppServiceAsync("2017-09-01", "secret", $"&resource={Arm}&clientid={Unknown}"),
        })
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Equal(
                """{"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for specified """
                    + """ClientId/ResourceId/PrincipalId."}""",
                answer.RawText);
        }

        Answer failed = await AppServiceAsync("2019-08-01", "X-IDENTITY-HEADER", "&resource=https://unknown.example");
        Assert.Equal("statusCode:n message:s correlationId:s", Shape(failed.Body));
        Assert.Equal(
            (HttpStatusCode.InternalServerError, "An unexpected error occured while fetching the AAD Token."),
            (failed.Status, failed.Text("message")));
    }

    [Fact] // N ManagedIdentityCredentialSFLiveTests
    public async Task Service_Fabric_counts_seconds_as_a_number()
    {
        using var trusting = new HttpClient(new HttpClientHandler
        {
            UseProxy = false,
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
                certificate?.Thumbprint == Emulator.ServiceFabricThumbprint,
        });
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"{Emulator.Environment["EMULATOR_SERVICE_FABRIC_ENDPOINT"]}?api-version=2019-07-01-preview&resource={Arm}")
        {
            Headers = { { "secret", Emulator.ServiceFabricSecret } },
        };
        using HttpResponseMessage response = await trusting.SendAsync(request, Stop);
        var body = System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync(Stop))!.AsObject();
        Assert.Equal("token_type:s access_token:s expires_on:n resource:s", Shape(body));
        Assert.True(response.Headers.TransferEncodingChunked);
    }

    [Fact] // N ManagedIdentityCredentialArcLiveTests
    public async Task Arc_challenges_and_then_says_little()
    {
        Assert.SkipUnless(Emulator.HasArc, "The folder of Arc's challenge files cannot be written here.");
        string url = $"{Emulator.Environment["EMULATOR_ARC_ENDPOINT"]}?api-version=2019-11-01&resource={Arm}";
        Answer challenge = await GetAsync(url, ("Metadata", "true"));
        Assert.Equal(HttpStatusCode.Unauthorized, challenge.Status);
        Assert.Equal("application/json", challenge.Header("Content-Type"));
        Assert.Equal(
            "error:s error_description:s error_codes:a timestamp:s trace_id:s correlation_id:s",
            Shape(challenge.Body));
        Assert.Equal(
            ("unauthorized_client", "Missing Basic Authorization header", ""),
            (challenge.Text("error"), challenge.Text("error_description"), challenge.Text("trace_id")));
        Assert.Equal(401, challenge.Body["error_codes"]![0]!.GetValue<int>());
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9} \+0000 UTC m=\+\d+\.\d+$", challenge.Text("timestamp"));

        string realm = challenge.Header("WWW-Authenticate")!;
        Assert.StartsWith("Basic realm=", realm, StringComparison.Ordinal);
        string key = await File.ReadAllTextAsync(realm["Basic realm=".Length..], Stop);
        Answer answer = await GetAsync(url, ("Metadata", "true"), ("Authorization", "Basic " + key));
        Assert.Equal(
            "access_token:s refresh_token:s expires_in:s expires_on:s not_before:s resource:s token_type:s",
            Shape(answer.Body));
        Assert.Equal(("", "application/json"), (answer.Text("resource"), answer.Header("Content-Type")));
    }

    [Theory] // M; CloudShell issues #155, #351, #477; azure-search-openai-demo #1711; Prometheus seen refused in 2026
    [InlineData("https://management.azure.com", true)]
    [InlineData("https://management.core.windows.net/", true)]
    [InlineData("https://api.loganalytics.io", true)]
    [InlineData("https://graph.microsoft.com/", true)]
    [InlineData("https://prometheus.monitor.azure.com", false)]
    [InlineData("https://monitor.azure.com/", false)]
    public async Task Cloud_Shell_has_a_list_of_audiences(string resource, bool isListed)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            Emulator.Environment["EMULATOR_CLOUD_SHELL_ENDPOINT"])
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("resource", resource)]),
            Headers = { { "Metadata", "true" } },
        };
        Answer answer = await SendAsync(request);
        if (isListed)
        {
            Assert.Equal(resource, answer.Text("resource"));
            return;
        }

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("AudienceNotSupported", answer.Body["error"]!["code"]!.GetValue<string>());
        Assert.StartsWith(
            $"Audience {resource} is not a supported MSI token audience. Supported audiences: "
                + "https://management.core.windows.net/,",
            answer.Body["error"]!["message"]!.GetValue<string>(),
            StringComparison.Ordinal);
    }

    private static long Number(Answer answer, string member) =>
        long.Parse(answer.Text(member), CultureInfo.InvariantCulture);

    private Task<Answer> ImdsAsync(string query, bool header = true) =>
        GetAsync(Imds + query, header ? [("Metadata", "true")] : []);

    private Task<Answer> AppServiceAsync(string version, string header, string query) =>
        GetAsync(
            $"{Emulator.Environment["EMULATOR_MSI_ENDPOINT"]}?api-version={version}{query}",
            (header, Emulator.AppServiceSecret));
}
