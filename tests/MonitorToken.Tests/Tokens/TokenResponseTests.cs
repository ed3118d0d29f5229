using System.IO.Compression;
using System.Text.Json;
using MonitorToken.Engine;
using MonitorToken.Engine.Caching;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Tokens;

/// <summary>
/// A token object exists only for a token that somebody can use. Whatever else is sent, by whomever, is told by what it
/// is.
/// </summary>
public sealed class TokenResponseTests : EngineTest
{
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

    private const string Opaque = "opaque-token-1";

    private static readonly string[] Hosts = ["v1", "v2", "VirtualMachine", "AppService", "CloudShell", "Arc"];

    /// <summary>Members of an answer beside the token, and the words that tell of it.</summary>
    private static readonly (string Members, string Told)[] Expiries =
    [
        ("", "without a valid expiry"),
        ("\"expires_in\":null,\"expires_on\":null", "without a valid expiry"),
        ("\"expires_in\":12345678901234", "without a valid expiry"),
        ("\"expires_in\":\"12345678901234\"", "without a valid expiry"),
        ("\"expires_in\":1e300", "without a valid expiry"),
        ("\"expires_in\":-3599", "that expired at"),
        ("\"expires_in\":\"-3599\"", "that expired at"),
        ("\"expires_in\":\"soon\"", "without a valid expiry"),
        ("\"expires_in\":true", "without a valid expiry"),
        ("\"expires_in\":{}", "without a valid expiry"),
        ("\"expires_in\":0", "that expired at"),
        ("\"expires_on\":-1", "without a valid expiry"),
        ("\"expires_on\":99999999999999", "without a valid expiry"),
        ("\"expires_on\":\"NaN\"", "without a valid expiry"),
        ("\"expires_on\":\"31.12.2099 23:59:59\"", "without a valid expiry"),
        ("\"expires_on\":0", "that expired at 1970-01-01"),
        ("\"expires_on\":\"1792000000\"", "that expired at 2026-10-14"),
        ("\"expires_on\":4102444800", "impossible expiry"),
        ("\"expires_in\":3599,\"expires_on\":99999999999999", "without a valid expiry"),
        ("\"expires_in\":12345678901234,\"expires_on\":4102444800", "without a valid expiry"),
    ];

    public TokenResponseTests(EmulatorFixture fixture)
        : base(fixture) =>
        ProcessMemory.Clear();

    [Theory]
    [InlineData("ClientSecret")]
    [InlineData("v1")]
    [InlineData("Environment")]
    [InlineData("WorkloadIdentity")]
    [InlineData("a pod's ManagedIdentity")]
    [InlineData("Default")]
    public async Task An_opaque_token_has_the_tenant_and_the_client_id_that_were_asked_for(string way)
    {
        string tenant = Emulator.Directory.Tenant.Id.ToString();
        App.AddFederatedCredential(Emulator.Issuers.Kubernetes.Url, Emulator.Issuers.Kubernetes.Subject);
        string file = Path.Combine(Folder, "token");
        File.WriteAllText(file, Emulator.Issuers.Kubernetes.Issue());
        Set("AZURE_TENANT_ID", tenant);
        Set("AZURE_CLIENT_ID", App.ClientId);
        Set("AZURE_CLIENT_SECRET", way == "Environment" ? App.Secret : null);
        Set("AZURE_FEDERATED_TOKEN_FILE", way is "ClientSecret" or "v1" or "Environment" ? null : file);
        Emulator.Faults.Add(new Fault { Body = Answer(Opaque, 3599) });

        AccessToken token = await GetAsync(
            way switch
            {
                "ClientSecret" => ClientSecret(),
                "v1" => ClientSecret() with { UseV1Endpoint = true },
                "a pod's ManagedIdentity" => Options("ManagedIdentity"),
                _ => Options(way),
            },
            For("LogAnalytics") with { ForceRefresh = true });

        Assert.Equal(
            (Opaque, tenant, App.ClientId, App.ClientId),
            (token.GetPlainText(), token.TenantId, token.Identity, token.ClientId));
        Assert.Empty(Caller.Warnings);
    }

    /// <summary>Nobody was named, and the token says nothing; the endpoint does.</summary>
    [Theory]
    [InlineData("VirtualMachine")]
    [InlineData("AppService")]
    [InlineData("AppService2017")]
    public async Task An_opaque_token_of_a_managed_identity_has_the_client_id_that_the_endpoint_names(string host)
    {
        CredentialOptions options = await HostAsync(host);
        if (host == "AppService2017")
        {
            Set("MSI_ENDPOINT", Emulator.Environment["EMULATOR_MSI_ENDPOINT"]);
            Set("MSI_SECRET", Emulator.Environment["EMULATOR_MSI_SECRET"]);
        }

        Emulator.Faults.Add(new Fault { AccessToken = Opaque });
        AccessToken token = await GetAsync(options);

        Assert.Equal(Opaque, token.GetPlainText());
        Assert.Equal(Emulator.Directory.SystemIdentity.ClientId.ToString(), token.Identity);
    }

    /// <summary>
    /// Whoever answers can write anything there, or leave out what the library needs: it would keep that token, and fail for
    /// every managed identity for the rest of the process.
    /// </summary>
    [Theory]
    [InlineData("\"client_id\":\"the-secret-of-somebody\"")]
    [InlineData("\"client_id\":7,\"token_type\":\"bearer\"")]
    [InlineData("\"client_id\":null,\"token_type\":null")]
    public async Task What_is_odd_in_one_answer_spoils_neither_its_token_nor_the_next(string members)
    {
        CredentialOptions options = await HostAsync("AppService");
        long expiresOn = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds();
        Emulator.Faults.Add(new Fault
        {
            Body = $"{{\"access_token\":\"{Opaque}\",\"expires_on\":\"{expiresOn}\",{members}}}",
            Times = 1,
        });

        AccessToken odd = await GetAsync(options);
        Assert.Equal((Opaque, null), (odd.GetPlainText(), odd.Identity));
        AccessToken next = await GetAsync(options, For("LogAnalytics") with { ForceRefresh = true });
        Assert.Equal(Emulator.Directory.SystemIdentity.ClientId.ToString(), next.Identity);
    }

    [Theory]
    [MemberData(nameof(AllHosts))]
    public async Task A_token_of_another_type_is_refused(string host) => await InvalidAsync(
        host,
        new Fault { Body = Answer(Opaque, 3599).Replace("Bearer", "pop", StringComparison.Ordinal) },
        "isn't a bearer token");

    [Fact]
    public async Task An_opaque_token_of_a_person_is_not_said_to_be_the_application_s()
    {
        CredentialOptions options = ClientSecret() with
        {
            Name = "OnBehalfOf",
            UserAssertion = Secret.Of(Emulator.IssueUserToken(App.ClientId)),
        };
        Emulator.Faults.Add(new Fault { Body = Answer(Opaque, 3599) });
        AccessToken token = await GetAsync(options, For("LogAnalytics") with { ForceRefresh = true });
        Assert.Equal((null, App.ClientId), (token.Identity, token.ClientId));
    }

    public static TheoryData<string, string, string> NoTokens
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (string host in Hosts)
            {
                data.Add(host, "<html><body>Sign in to the guest network</body></html>", "a web page");
                data.Add(host, "\n\t <!DOCTYPE html>", "a web page");
                data.Add(host, "", "an empty response");
                data.Add(host, "{", "isn't JSON");
                data.Add(host, "null", "isn't JSON");
                data.Add(host, "[]", "isn't JSON");
                data.Add(host, "\"token\"", "isn't JSON");
                data.Add(host, "{}", "JSON without a token");
                data.Add(host, "{\"access_token\":null,\"expires_in\":3599}", "JSON without a token");
                data.Add(host, "{\"access_token\":\"\",\"expires_in\":3599}", "JSON without a token");
                data.Add(host, "{\"access_token\":42,\"expires_in\":3599}", "JSON without a token");
                data.Add(host, "{\"access_token\":[\"x\"],\"expires_in\":3599}", "JSON without a token");
                data.Add(host, "{\"access_token\":\"  \",\"expires_in\":3599}", "without a token");
                data.Add(host, "{\"access_token\":\"\\ud800\",\"expires_in\":3599}", "JSON without a token");
                data.Add(host, "{\"token\":\"opaque-token-1\",\"expires_in\":3599}", "JSON without a token");
            }

            return data;
        }
    }

    public static TheoryData<string, string, string> NoExpiries
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (string host in Hosts)
            {
                foreach ((string members, string told) in Expiries)
                    data.Add(host, members, told);
            }

            return data;
        }
    }

    public static TheoryData<string> AllHosts => new(Hosts);

    [Theory]
    [MemberData(nameof(NoTokens))]
    public async Task A_response_without_a_token_is_described(string host, string body, string told) =>
        await InvalidAsync(host, new Fault { Body = body }, told);

    [Theory]
    [MemberData(nameof(NoExpiries))]
    public async Task A_token_with_an_impossible_expiry_is_rejected(string host, string members, string told)
    {
        string comma = members.Length > 0 ? "," : "";
        string body = $$"""{"token_type":"Bearer"{{comma}}{{members}},"access_token":"{{Opaque}}"}""";
        TokenException error = await InvalidAsync(host, new Fault { Body = body }, told);
        Assert.DoesNotContain(Opaque, error.ToString(), StringComparison.Ordinal);
        if (told.StartsWith("that expired", StringComparison.Ordinal))
            Assert.Contains("clock", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllHosts))]
    public async Task A_token_that_says_of_itself_that_it_has_expired_is_none_whatever_the_answer_says(string host)
    {
        string dead = Emulator.IssueUserToken(LogAnalytics, lifetime: TimeSpan.FromMinutes(-5));
        await InvalidAsync(host, new Fault { Body = Answer(dead, 3599) }, "that expired at");
    }

    [Theory]
    [MemberData(nameof(AllHosts))]
    public async Task A_token_that_no_header_holds_is_none(string host) => await InvalidAsync(
        host, new Fault { Body = Answer(new string('a', 65_537), 3599) }, "65537 characters");

    [Theory]
    [MemberData(nameof(AllHosts))]
    public async Task Ten_megabytes_are_none(string host)
    {
        await InvalidAsync(host, new Fault { Body = "x", BodySize = 10_000_000 }, "more than a megabyte");
        Emulator.Faults.Clear();
        string endless = Answer(new string('a', 10_000_000), 3599);
        await InvalidAsync(host, new Fault { Body = endless }, "more than a megabyte");
    }

    [Theory]
    [MemberData(nameof(AllHosts))]
    public async Task An_answer_that_is_cut_off_is_a_connection_that_was_cut_off(string host)
    {
        UseFakeClock();
        CredentialOptions options = await HostAsync(host);
        Emulator.Faults.Add(At(host, new Fault { CutAfter = 40 }));
        TokenException error = await FailAsync(options);
        Assert.Equal(TokenError.AuthorityUnreachable, error.Error);
        Assert.Contains("was closed", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllHosts))]
    public async Task JSON_that_ends_too_early_is_none(string host) => await InvalidAsync(
        host, new Fault { Body = Answer(Opaque, 3599)[..40] }, "isn't JSON");

    // ---- what is right

    [Theory]
    [MemberData(nameof(AllHosts))]
    public async Task The_earlier_of_what_the_answer_and_the_token_say_counts(string host)
    {
        CredentialOptions options = await HostAsync(host);
        string shortLived = Emulator.IssueUserToken(LogAnalytics, lifetime: TimeSpan.FromMinutes(10));
        Emulator.Faults.Add(At(host, new Fault { Body = Answer(shortLived, 3599), Times = 1 }));
        AccessToken byToken = await GetAsync(options);
        Assert.InRange(byToken.ExpiresIn, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10.1));

        ProcessMemory.Clear();
        options = await HostAsync(host);
        string longLived = Emulator.IssueUserToken(LogAnalytics, lifetime: TimeSpan.FromHours(2));
        Emulator.Faults.Add(At(host, new Fault { Body = Answer(longLived, 600), Times = 1 }));
        AccessToken byAnswer = await GetAsync(options);
        Assert.InRange(byAnswer.ExpiresIn, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10.1));
    }

    [Theory]
    [InlineData("{\"access_token\":\"opaque-token-1\",BEARER,\"expires_in\":\"3599\"}")]
    [InlineData("{BEARER,\"expires_in\":3599,\"access_token\":\"opaque-token-1\",\"more\":{\"access_token\":null}}")]
    [InlineData("\r\n {\"expires_on\":null,BEARER,\"access_token\":\"opaque-token-1\",\"expires_in\":3599}\n")]
    [InlineData("\uFEFF{BEARER,\"access_token\":\"opaque-token-1\",\"expires_in\":3599}")]
    public async Task What_is_merely_unusual_is_a_token(string body)
    {
        string answer = body.Replace("BEARER", "\"token_type\":\"Bearer\"", StringComparison.Ordinal);
        foreach (string host in new[] { "v1", "v2" })
        {
            Emulator.Faults.Add(At(host, new Fault { Body = answer, Times = 1 }));
            AccessToken token = await GetAsync(await HostAsync(host));
            Assert.Equal(Opaque, token.GetPlainText());
            Assert.InRange(token.ExpiresIn, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(60));
        }
    }

    /// <summary>What the libraries refuse a whole answer for, though there is a good token in it.</summary>
    [Theory]
    [InlineData(200, "\"expires_in\":3599,\"ext_expires_in\":null")]
    [InlineData(200, "\"expires_in\":3599,\"ext_expires_in\":\"\",\"refresh_in\":null")]
    [InlineData(200, "\"expires_in\":3599,\"refresh_in\":\"soon\"")]
    [InlineData(200, "\"expires_in\":3599,\"scope\":[\"a\",\"b\"]")]
    [InlineData(200, "\"expires_in\":3599,\"scope\":null,\"id_token\":null,\"client_info\":null")]
    [InlineData(200, "\"expires_in\":\"3599\",\"expires_on\":null,\"not_before\":null,\"resource\":null")]
    [InlineData(200, "\"expires_in\":3599,\"more\":\"\\ud800\",\"\\ud800\":1,\"nested\":{\"x\":\"\\ud800\"}")]
    [InlineData(201, "\"expires_in\":3599")]
    [InlineData(203, "\"expires_in\":3599")]
    public async Task What_is_merely_unusual_is_a_token_for_all_that_ask_Entra(int status, string members)
    {
        foreach (string host in new[] { "v1", "v2" })
        {
            string body = $"{{\"token_type\":\"Bearer\",\"access_token\":\"{Opaque}\",{members}}}";
            Emulator.Faults.Add(At(host, new Fault { Status = status, Body = body, Times = 1 }));
            AccessToken token = await GetAsync(await HostAsync(host));
            Assert.Equal(Opaque, token.GetPlainText());
            Assert.InRange(token.ExpiresIn, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(60));
        }
    }

    [Theory]
    [MemberData(nameof(AllHosts))]
    public async Task What_was_compressed_without_being_asked_is_read(string host)
    {
        foreach (string encoding in new[] { "gzip", "deflate", "br" })
        {
            ProcessMemory.Clear();
            CredentialOptions options = await HostAsync(host);
            Emulator.Faults.Add(At(host, new Fault
            {
                BodyBytes = Compressed(encoding, Answer(Opaque, 3599)),
                Headers = new Dictionary<string, string> { ["Content-Encoding"] = encoding },
                Times = 1,
            }));
            Assert.Equal(Opaque, (await GetAsync(options)).GetPlainText());
        }
    }

    /// <summary>A gigabyte of zeros has a megabyte when it is compressed.</summary>
    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task What_unpacks_to_more_than_a_megabyte_is_not_read_on(string host) => await InvalidAsync(
        host,
        new Fault
        {
            BodyBytes = Compressed("gzip", new string(' ', 50_000_000)),
            Headers = new Dictionary<string, string> { ["Content-Encoding"] = "gzip" },
        },
        "more than a megabyte");

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task A_refusal_that_has_its_code_as_a_number_alone_keeps_code_and_ids(string host)
    {
        const string Correlation = "8afe3606-0000-4000-8000-000000000001";
        Emulator.Faults.Add(At(host, new Fault
        {
            Status = 400,
            Body = $"{{\"error_codes\":[7000215],\"correlation_id\":\"{Correlation}\"}}",
        }));
        TokenException error = await FailAsync(await HostAsync(host));
        Assert.Equal(
            (TokenError.AuthenticationFailed, "AADSTS7000215", Correlation),
            (error.Error, error.ErrorCode, error.CorrelationId));
    }

    private static byte[] Compressed(string encoding, string text)
    {
        using var packed = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        })
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    // ---- tools

    public static TheoryData<string, string, string> NoToolAnswers
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (string tool in new[] { "az", "azd" })
            {
                data.Add(tool, "", "nothing");
                data.Add(tool, "<html>Sign in to the guest network</html>", "no JSON");
                data.Add(tool, "{\"accessToken\": \"opaque-token-1\", \"expi", "no JSON");
                data.Add(tool, "{\"accessToken\": null, \"expires_on\": 1900000000}", "no JSON");
                data.Add(tool, "{\"accessToken\": \"opaque-token-1\"}", "no JSON");
                data.Add(tool, "{\"accessToken\": \"opaque-token-1\", \"expires_on\": -5}", "no JSON");
                data.Add(tool, "{\"accessToken\": \"opaque-token-1\", \"expires_on\": 12345678901234}", "no JSON");
                data.Add(
                    tool, "{\"accessToken\": \"opaque-token-1\", \"expires_on\": 1700000000}", "that expired at 2023");
                data.Add(tool, "{\"accessToken\": \"opaque-token-1\", \"expires_on\": 4102444800}", "impossible");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(NoToolAnswers))]
    public async Task The_output_of_a_tool_is_validated_like_any_response(string tool, string output, string told) =>
        Assert.Contains(told, (await FailAsync(tool, output)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("az")]
    [InlineData("azd")]
    public async Task So_is_the_token_itself(string tool)
    {
        DateTimeOffset ahead = DateTimeOffset.UtcNow.AddHours(1);
        string dead = Emulator.IssueUserToken(LogAnalytics, lifetime: TimeSpan.FromMinutes(-5));
        Assert.Contains(
            "that expired at",
            (await FailAsync(tool, StandIn.AzureCliAnswer(dead, ahead))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "70000 characters",
            (await FailAsync(tool, StandIn.AzureCliAnswer(new string('a', 70_000), ahead))).Message,
            StringComparison.Ordinal);

        string shortLived = Emulator.IssueUserToken(LogAnalytics, lifetime: TimeSpan.FromMinutes(10));
        AccessToken token = await GetAsync(Tool(tool, StandIn.AzureCliAnswer(shortLived, ahead)));
        Assert.InRange(token.ExpiresIn, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10.1));
    }

    [Fact]
    public async Task So_is_what_the_session_s_Az_Accounts_gives()
    {
        DateTimeOffset ahead = DateTimeOffset.UtcNow.AddHours(1);
        string dead = Emulator.IssueUserToken(LogAnalytics, lifetime: TimeSpan.FromMinutes(-5));
        Assert.Contains("without a token", (await GivenAsync("", ahead)).Message, StringComparison.Ordinal);
        Assert.Contains("that expired at", (await GivenAsync(dead, ahead)).Message, StringComparison.Ordinal);
        Assert.Contains("that expired at", (await GivenAsync(Opaque, default)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "impossible expiry", (await GivenAsync(Opaque, DateTimeOffset.MaxValue)).Message, StringComparison.Ordinal);

        string shortLived = Emulator.IssueUserToken(LogAnalytics, lifetime: TimeSpan.FromMinutes(10));
        Caller.AzAccounts = (_, _) => new SessionToken(Secret.Of(shortLived), ahead);
        AccessToken token = await GetAsync(Options("AzurePowerShell"));
        Assert.InRange(token.ExpiresIn, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10.1));

        async Task<TokenException> GivenAsync(string answer, DateTimeOffset expiresOn)
        {
            Caller.AzAccounts = (_, _) => new SessionToken(Secret.Of(answer), expiresOn);
            TokenException error = await FailAsync(Options("AzurePowerShell"));
            Assert.Equal((TokenError.InvalidResponse, "AzurePowerShell"), (error.Error, error.CredentialName));
            return error;
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"value\":null}")]
    [InlineData("{\"value\":\"\"}")]
    [InlineData("<html>Sign in</html>")]
    [InlineData("")]
    public async Task Whoever_vouches_for_a_workload_is_judged_too(string body)
    {
        Set("ACTIONS_ID_TOKEN_REQUEST_URL", Emulator.Environment["EMULATOR_GITHUB_URL"]);
        Set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Emulator.Environment["EMULATOR_GITHUB_TOKEN"]);
        Set("SYSTEM_OIDCREQUESTURI", Emulator.Environment["EMULATOR_PIPELINES_URL"]);
        Set("SYSTEM_ACCESSTOKEN", Emulator.Environment["EMULATOR_PIPELINES_TOKEN"]);
        foreach ((string name, string path) in new[] { ("GitHubActions", "/github"), ("AzurePipelines", "/contoso") })
        {
            Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = path }, Body = body });
            TokenException error = await FailAsync(Options(name) with
            {
                TenantId = Emulator.Directory.Tenant.Id.ToString(),
                ClientId = App.ClientId,
                ServiceConnectionId = "x",
            });
            Assert.True(error.Error == TokenError.InvalidResponse, error.ToString());
            Assert.DoesNotContain(Requests, request => request.Host == "login.microsoftonline.com");
        }
    }

    // ---- what is shared

    private async Task<TokenException> InvalidAsync(string host, Fault fault, string told)
    {
        CredentialOptions options = await HostAsync(host);
        Emulator.Faults.Add(At(host, fault));
        TokenException error = await FailAsync(options);
        Assert.True(error.Error == TokenError.InvalidResponse, error.ToString());
        Assert.Equal(options.Name, error.CredentialName);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.RecommendedAction);
        return error;
    }

    private async Task<TokenException> FailAsync(string tool, string output)
    {
        TokenException error = await FailAsync(Tool(tool, output));
        Assert.True(error.Error == TokenError.InvalidResponse, error.ToString());
        Assert.DoesNotContain(Opaque, error.ToString(), StringComparison.Ordinal);
        return error;
    }

    private CredentialOptions Tool(string name, string output)
    {
        ProcessMemory.Clear();
        var tool = new StandIn(name);
        tool.Prints(output);
        Set("PATH", tool.Folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        Set("AZURE_CONFIG_DIR", tool.Folder);
        Set("AZD_CONFIG_DIR", tool.Folder);
        return Options(name == "az" ? "AzureCli" : "AzureDeveloperCli");
    }

    /// <summary>What all understand: of a managed identity, the library takes no other time than the last.</summary>
    private static string Answer(string token, long expiresIn) =>
        JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["token_type"] = "Bearer",
            ["access_token"] = token,
            ["expires_in"] = expiresIn,
            ["expires_on"] = $"{DateTimeOffset.UtcNow.AddSeconds(expiresIn).ToUnixTimeSeconds()}",
        });

    private async Task<CredentialOptions> HostAsync(string host)
    {
        switch (host)
        {
            case "v1":
            case "v2":
                return ClientSecret() with { UseV1Endpoint = host == "v1" };
            case "VirtualMachine":
                // So that it is known that the service is there, and is asked for the token alone.
                await GetAsync(Options("ManagedIdentity"), For("ResourceManager"));
                break;
            case "AppService":
                Set("IDENTITY_ENDPOINT", Emulator.Environment["EMULATOR_MSI_ENDPOINT"]);
                Set("IDENTITY_HEADER", Emulator.Environment["EMULATOR_MSI_SECRET"]);
                break;
            case "CloudShell":
                Set("MSI_ENDPOINT", Emulator.Environment["EMULATOR_CLOUD_SHELL_ENDPOINT"]);
                break;
            case "Arc":
                Assert.SkipUnless(Emulator.HasArc, "This user may not write into the folder of the Arc agent.");
                Set("IDENTITY_ENDPOINT", Emulator.Environment["EMULATOR_ARC_ENDPOINT"]);
                Set("IMDS_ENDPOINT", "http://127.0.0.1:1");
                break;
        }

        return Options("ManagedIdentity");
    }
}
