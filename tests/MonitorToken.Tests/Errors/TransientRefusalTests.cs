using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Errors;

/// <summary>
/// Entra and the metadata service say with HTTP 400 too that they cannot answer now, which is nobody's fault.
/// </summary>
public sealed class TransientRefusalTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    public static TheoryData<string, string?> Bodies => new()
    {
        { Body("AADSTS90024: A transient error has occurred. Please try again."), "AADSTS90024" },
        { Body("AADSTS90006: The service is temporarily unavailable."), "AADSTS90006" },
        { Body("AADSTS50087: A transient error has occurred during strong authentication."), "AADSTS50087" },
        { """{"error":"invalid_grant","error_description":"AADSTS90033: A transient error."}""", "AADSTS90033" },
        { """{"error":"temporarily_unavailable","error_codes":[90024]}""", "AADSTS90024" },
        { """{"error":"temporarily_unavailable"}""", null },
        { """{"error":"temporarily_unavailable","error_description":"Busy."}""", null },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task They_are_out_of_reach_and_not_refused(string body, string? code)
    {
        Emulator.Faults.Add(new Fault { Status = 400, Body = body });
        foreach (CredentialOptions options in new[]
            {
                ClientSecret(), ClientSecret() with { UseV1Endpoint = true }, OnBehalf(), Options("ManagedIdentity"),
            })
        {
            TokenException error = await FailAsync(options, For("LogAnalytics") with { ForceRefresh = true });
            Assert.Equal((TokenError.AuthorityUnreachable, code), (error.Error, error.ErrorCode));
            Assert.DoesNotContain("sign-in log", error.RecommendedAction, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_cached_token_is_used_meanwhile()
    {
        Emulator.Faults.Add(new Fault { TokenLifetimeSeconds = 6, Times = 1 });
        AccessToken held = await GetAsync(ClientSecret());
        await Eventually.DueAsync(held);
        Emulator.Faults.Add(new Fault { Error = "AADSTS90024" });
        Assert.Equal(held.GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());
        Assert.Contains("AADSTS90024", Assert.Single(Caller.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_with_the_number_of_its_code_alone_keeps_that_and_its_correlation_id()
    {
        const string CorrelationId = "11111111-2222-3333-4444-555555555555";
        Emulator.Faults.Add(new Fault
        {
            Status = 400,
            Body = $$"""{"error_codes":[700016],"correlation_id":"{{CorrelationId}}"}""",
        });
        foreach (bool v1 in new[] { false, true })
        {
            TokenException error = await FailAsync(ClientSecret() with { UseV1Endpoint = v1 });
            Assert.Equal(
                (TokenError.AuthenticationFailed, "AADSTS700016", CorrelationId),
                (error.Error, error.ErrorCode, error.CorrelationId));
        }
    }

    [Fact]
    public async Task A_host_s_message_about_its_failure_is_in_the_error()
    {
        Set("IDENTITY_ENDPOINT", Emulator.Environment["EMULATOR_MSI_ENDPOINT"]);
        Set("IDENTITY_HEADER", "header");
        const string Words = "An unexpected error occured while fetching the AAD Token.";
        Emulator.Faults.Add(new Fault
        {
            Status = 500,
            Body = $$"""{"statusCode":500,"message":"{{Words}}","correlationId":"1"}""",
        });
        TokenException error = await FailAsync(Options("ManagedIdentity"));
        Assert.Equal(TokenError.AuthorityUnreachable, error.Error);
        Assert.Contains(Words, error.Message, StringComparison.Ordinal);
    }

    private static string Body(string description) =>
        $$"""{"error":"temporarily_unavailable","error_description":"{{description}}"}""";

    private CredentialOptions OnBehalf() => ClientSecret() with
    {
        Name = "OnBehalfOf",
        UserAssertion = Engine.Secret.Of(Emulator.IssueUserToken(App.ClientId)),
    };
}
