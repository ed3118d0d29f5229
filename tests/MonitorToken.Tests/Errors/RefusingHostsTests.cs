using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Caching;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Errors;

/// <summary>The same fault has the same id, whichever endpoint or host sends it, and Entra's ids are kept.</summary>
public sealed class RefusingHostsTests : EngineTest
{
    private static readonly string[] Ways = ["v1", "v2", "VirtualMachine", "AppService"];

    public RefusingHostsTests(EmulatorFixture fixture)
        : base(fixture) =>
        ProcessMemory.Clear();

    public static TheoryData<string> Codes { get; } = [.. EntraErrors.All.Select(entry => entry.Code)];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task What_Entra_says_behind_a_managed_identity_s_host_has_the_id_that_it_has_elsewhere(string code)
    {
        UseFakeClock();
        foreach (string way in new[] { "VirtualMachine", "AppService" })
        {
            CredentialOptions options = await WayAsync(way);
            Emulator.Faults.Add(At(way, new Fault { Error = code }));
            TokenException error = await FailAsync(options);
            Assert.Equal((EntraErrors.Find(code)!.Error, code), (error.Error, error.ErrorCode));
            Assert.True(Guid.TryParse(error.CorrelationId, out _), error.Message);
        }
    }

    [Fact]
    public async Task A_redirection_is_an_answer_and_is_not_followed()
    {
        foreach (string way in Ways)
        {
            CredentialOptions options = await WayAsync(way);
            Emulator.Faults.Add(At(way, new Fault
            {
                Status = 302,
                Headers = new Dictionary<string, string> { ["Location"] = "https://login.evil.example/token" },
            }));
            Assert.Equal(TokenError.InvalidResponse, (await FailAsync(options)).Error);
        }

        Assert.DoesNotContain(Requests, request => request.Host == "login.evil.example");
    }

    [Fact]
    public async Task The_ids_that_support_asks_for_are_Entra_s_also_behind_the_metadata_service()
    {
        string trace = Guid.NewGuid().ToString();
        string correlation = Guid.NewGuid().ToString();
        string ids = $"Trace ID: {trace} Correlation ID: {correlation} Timestamp: 2026-02-05 10:00:00Z";
        CredentialOptions options = await WayAsync("VirtualMachine");
        Emulator.Faults.Add(At("VirtualMachine", new Fault
        {
            Status = 400,
            Body = $$"""
                {
                    "error": "invalid_resource",
                    "error_description": "AADSTS500011: The resource principal was not found. {{ids}}",
                    "error_codes": [500011],
                    "timestamp": "2026-02-05 10:00:00Z",
                    "trace_id": "{{trace}}",
                    "correlation_id": "{{correlation}}",
                    "error_uri": "https://westus2.login.microsoft.com/error?code=500011"
                }
                """,
        }));
        TokenException error = await FailAsync(options);
        Assert.Equal((TokenError.ResourceNotFound, "AADSTS500011"), (error.Error, error.ErrorCode));
        Assert.Equal((correlation, trace), (error.CorrelationId, error.TraceId));
        Assert.DoesNotContain(trace, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_throttled_tenant_s_ids_are_kept_too()
    {
        UseFakeClock();
        foreach (bool v1 in new[] { false, true })
        {
            Emulator.Faults.Add(new Fault { Error = "AADSTS90055", Times = 3 });
            TokenException error = await FailAsync(ClientSecret() with { UseV1Endpoint = v1 });
            Assert.Equal((TokenError.Throttled, "AADSTS90055"), (error.Error, error.ErrorCode));
            Assert.True(Guid.TryParse(error.CorrelationId, out _));
            Assert.True(Guid.TryParse(error.TraceId, out _));
        }
    }

    // ---- hosts in their own words

    [Fact]
    public async Task Cloud_Shell_s_list_of_audiences_becomes_one_sentence()
    {
        Set("MSI_ENDPOINT", Emulator.Environment["EMULATOR_CLOUD_SHELL_ENDPOINT"]);
        TokenException error = await FailAsync(Options("ManagedIdentity"), For("Prometheus"));
        Assert.Equal(TokenError.ResourceNotFound, error.Error);
        Assert.Contains("Cloud Shell doesn't issue", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Supported audiences", error.Message, StringComparison.Ordinal);
        Assert.Contains("-AzureCli", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_that_App_Service_does_not_know_is_not_assigned()
    {
        foreach (CredentialOptions who in new[]
        {
            Options("ManagedIdentity") with { ClientId = Guid.NewGuid().ToString() },
            Options("ManagedIdentity") with { IdentityObjectId = Guid.NewGuid().ToString() },
        })
        {
            await WayAsync("AppService");
            TokenException error = await FailAsync(who);
            Assert.Equal(TokenError.CredentialUnavailable, error.Error);
            Assert.Contains("isn't assigned", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_wrong_header_for_App_Service_is_named()
    {
        await WayAsync("AppService");
        Set("IDENTITY_HEADER", "left over from elsewhere");
        TokenException error = await FailAsync(Options("ManagedIdentity"));
        Assert.Equal(TokenError.AuthenticationFailed, error.Error);
        Assert.Contains("IDENTITY_HEADER", error.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("left over", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_App_Service_keeps_to_itself_still_has_its_correlation_id()
    {
        await WayAsync("AppService");
        TokenException error = await FailAsync(Options("ManagedIdentity"), For("https://unknown.example"));
        Assert.Equal(TokenError.AuthorityUnreachable, error.Error);
        Assert.True(Guid.TryParse(error.CorrelationId, out _));
    }

    [Fact]
    public async Task A_refusal_of_an_Arc_agent_has_its_action()
    {
        Arc();
        Emulator.Faults.Add(new Fault
        {
            Match = new FaultMatch { Path = "/arc" },
            Status = 401,
            Body = """{"error":"unauthorized_client","error_description":"The Authorization header is not right."}""",
        });
        TokenException error = await FailAsync(Options("ManagedIdentity"));
        Assert.Equal(TokenError.AuthenticationFailed, error.Error);
        Assert.Contains("himds", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_file_is_sent_to_an_Arc_agent_that_it_may_not_name()
    {
        Arc();
        string file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.key");
        await File.WriteAllTextAsync(file, "somebody's secret", Stop);
        try
        {
            Emulator.Faults.Add(new Fault
            {
                Match = new FaultMatch { Path = "/arc" },
                Status = 401,
                Headers = new Dictionary<string, string> { ["WWW-Authenticate"] = $"Basic realm={file}" },
            });
            TokenException error = await FailAsync(Options("ManagedIdentity"));
            Assert.Contains(error.Error, new[] { TokenError.AuthenticationFailed, TokenError.InvalidResponse });
            Assert.DoesNotContain("Exception", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Requests, request => request.Headers.ContainsKey("Authorization"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("AppService", "Unable to load the proper Managed Identity.", "no system-assigned identity")]
    [InlineData("AppService", "Unable to load requested managed identity.", "no system-assigned identity")]
    [InlineData("VirtualMachine", "Identity not found", "no system-assigned identity")]
    [InlineData(
        "VirtualMachine",
        "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the "
            + "token request",
        "several user-assigned identities")]
    [InlineData(
        "AppService",
        "User assigned identity is currently not supported clientID must not be passed in request.",
        "the service has none")]
    public async Task Where_there_is_no_such_identity_the_advice_names_ClientId(string way, string message, string says)
    {
        CredentialOptions options = await WayAsync(way);
        string body = way == "AppService"
            ? $$"""{"statusCode":400,"message":"{{message}}"}"""
            : $$"""{"error":"invalid_request","error_description":"{{message}}"}""";
        Emulator.Faults.Add(At(way, new Fault { Status = 400, Body = body }));
        TokenException error = await FailAsync(options);
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains("-ClientId", error.RecommendedAction, StringComparison.Ordinal);

        // Where one was named, it is that one. The chain passes over it.
        error = await FailAsync(
            options with
            {
                Name = "Default",
                ClientId = Guid.NewGuid().ToString(),
                Include = ["ManagedIdentity", "VisualStudio"],
            },
            For("CustomMetrics"));
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains("2. VisualStudio", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            says.StartsWith("no system", StringComparison.Ordinal),
            error.Message.Contains("the specified identity isn't assigned", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_App_Service_says_of_its_own_failure_is_handed_on()
    {
        CredentialOptions options = await WayAsync("AppService");
        Emulator.Faults.Add(At("AppService", new Fault
        {
            Status = 500,
            Body = """{"statusCode":500,"message":"An unexpected error occured while fetching the AAD Token."}""",
        }));
        TokenException error = await FailAsync(options);
        Assert.Equal(TokenError.AuthorityUnreachable, error.Error);
        Assert.Contains("HTTP 500. An unexpected error occured while", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Basic", "that doesn't name a key file")]
    [InlineData(
        "Basic realm=/etc/hostname.key",
        "'/etc/hostname.key', which isn't in /var/opt/azcmagent/tokens/ and wasn't read")]
    [InlineData("Basic realm=/var/opt/azcmagent/tokens/../tokens/x.key", "and wasn't read")]
    [InlineData("Basic realm=/var/opt/azcmagent/tokens/x.txt", "and wasn't read")]
    [InlineData("Basic realm=/var/opt/azcmagent/tokens/none.key", "which doesn't exist")]
    [InlineData("Basic realm=/VAR/opt/azcmagent/tokens/none.key", "which differs in case from /var/opt/azcmagent/")]
    [InlineData("Basic realm=/var/opt/azcmagent/tokens/none.KEY", "which differs in case from /var/opt/azcmagent/")]
    public async Task A_rejected_challenge_of_an_Arc_agent_has_its_reason(string challenge, string says)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The paths are those of Linux.");
        Arc();
        TokenException error = await ChallengedAsync(challenge);
        Assert.Equal(TokenError.InvalidResponse, error.Error);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains("azcmagent", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("canary-key\n", "AuthenticationFailed", "a line break or another character")]
    [InlineData("canary-k\u00e9y", "AuthenticationFailed", "a line break or another character")]
    [InlineData(null, "InvalidResponse", "too long to be a key")]
    public async Task A_key_of_an_Arc_agent_that_cannot_be_sent_is_named(string? key, string expected, string says)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The paths are those of Linux.");
        Arc();
        Directory.CreateDirectory("/var/opt/azcmagent/tokens");
        string file = $"/var/opt/azcmagent/tokens/{Guid.NewGuid()}.key";
        await File.WriteAllTextAsync(file, key ?? new string('x', 5000), Stop);
        try
        {
            TokenException error = await ChallengedAsync($"Basic realm={file}");
            Assert.Equal(expected, error.Error.ToString());
            Assert.Contains(says, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("IDENTITY_HEADER", error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("canary", error.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // ---- people

    [Fact]
    public async Task A_policy_s_refusal_of_a_person_asks_for_a_person_and_hands_the_claims_on()
    {
        CredentialOptions person = ClientSecret() with
        {
            Name = "OnBehalfOf",
            UserAssertion = Engine.Secret.Of(Emulator.IssueUserToken(App.ClientId)),
        };
        foreach (CredentialOptions options in new[] { ClientSecret(), person })
        {
            Emulator.Faults.Add(new Fault { Error = "AADSTS53003", Times = 1 });
            TokenException error = await FailAsync(options);
            Assert.Equal(
                options == person ? TokenError.InteractionRequired : TokenError.AuthenticationFailed, error.Error);
            Assert.Contains("capolids", error.Claims, StringComparison.Ordinal);
            Assert.True(JsonClaims.AreValid(error.Claims!));
        }
    }

    private async Task<TokenException> ChallengedAsync(string challenge)
    {
        Emulator.Faults.Add(At("Arc", new Fault
        {
            Status = 401,
            Headers = new Dictionary<string, string> { ["WWW-Authenticate"] = challenge },
        }));
        TokenException error = await FailAsync(Options("ManagedIdentity"));
        Assert.DoesNotContain(Requests, request => request.Headers.ContainsKey("Authorization"));
        return error;
    }

    private void Arc()
    {
        Assert.SkipUnless(Emulator.HasArc, "This user may not write into the folder of the Arc agent.");
        Set("IDENTITY_ENDPOINT", Emulator.Environment["EMULATOR_ARC_ENDPOINT"]);
        Set("IMDS_ENDPOINT", "http://127.0.0.1:1");
    }

    private async Task<CredentialOptions> WayAsync(string way)
    {
        Emulator.Faults.Clear();
        ProcessMemory.Clear();
        bool isAppService = way == "AppService";
        Set("IDENTITY_ENDPOINT", isAppService ? Emulator.Environment["EMULATOR_MSI_ENDPOINT"] : null);
        Set("IDENTITY_HEADER", isAppService ? Emulator.Environment["EMULATOR_MSI_SECRET"] : null);
        if (way is "v1" or "v2")
            return ClientSecret() with { UseV1Endpoint = way == "v1" };

        // So that it is known that the service is there, and is asked for the token alone.
        if (!isAppService)
            await GetAsync(Options("ManagedIdentity"), For("ResourceManager"));
        return Options("ManagedIdentity");
    }
}
