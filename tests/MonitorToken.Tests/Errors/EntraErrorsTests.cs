using System.Text.RegularExpressions;
using MonitorToken.Engine.Errors;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Errors;

/// <summary>The table of Entra's codes is what the help page says, and what comes out when Entra sends one.</summary>
public sealed partial class EntraErrorsTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private static readonly string Page = File.ReadAllText(
        Path.Combine(Repository.Folder, "src", "MonitorToken.Module", "about_MonitorToken_Errors.help.txt"));

    public static TheoryData<string> Codes { get; } = [.. EntraErrors.All.Select(entry => entry.Code)];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task An_application_that_is_sent_it_gets_the_promised_id(string code)
    {
        UseFakeClock();
        EntraErrors.Entry known = EntraErrors.Find(code)!;
        Emulator.Faults.Add(new Fault { Error = code });
        foreach (bool v1 in new[] { false, true })
            AssertTells(
                await FailAsync(ClientSecret() with { UseV1Endpoint = v1 }, Fresh),
                code,
                known.ErrorFor(false));
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Where_a_person_takes_part_it_has_the_id_for_people(string code)
    {
        UseFakeClock();
        Emulator.Faults.Add(new Fault { Error = code });
        CredentialOptions options = ClientSecret() with
        {
            Name = "OnBehalfOf",
            UserAssertion = Engine.Secret.Of(Emulator.IssueUserToken(App.ClientId)),
        };
        AssertTells(await FailAsync(options, Fresh), code, EntraErrors.Find(code)!.ErrorFor(true));
    }

    [Fact]
    public void The_help_page_has_each_code_with_its_ids_and_no_other()
    {
        string[] told =
        [
            .. CodeLine().Matches(Page).Select(match =>
                $"{match.Groups[1].Value} {match.Groups[2].Value} {match.Groups[3].Value}".Trim()),
        ];
        string[] known =
            [.. EntraErrors.All.Select(entry => $"{entry.Code} {entry.Error} {entry.PersonError}".Trim())];
        Assert.Equal(known, told);
    }

    [Fact]
    public void The_help_page_says_what_to_do_as_the_error_does()
    {
        string flowing = Regex.Replace(Page, @"\s+", " ");
        Assert.All(EntraErrors.All, entry => Assert.Contains(entry.Action, flowing, StringComparison.Ordinal));
    }

    [Fact]
    public void The_help_page_has_each_error_id_and_no_other()
    {
        string[] told = [.. IdLine().Matches(Page).Select(match => match.Groups[1].Value)];
        Assert.Equal(Enum.GetNames<TokenError>().Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_Conditional_Access_refusal_has_its_claims_on_the_exception_either_way()
    {
        Emulator.Faults.Add(new Fault { Error = "AADSTS53003" });
        TokenException application = await FailAsync(ClientSecret(), Fresh);
        Assert.Equal(TokenError.AuthenticationFailed, application.Error);
        Assert.Contains("capolids", application.Claims, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AADSTS500011")]
    [InlineData("AADSTS50001")]
    [InlineData("AADSTS650052")]
    public async Task The_action_for_a_resource_missing_in_the_tenant_creates_its_service_principal(string code)
    {
        Emulator.Faults.Add(new Fault { Error = code });
        foreach (bool v1 in new[] { false, true })
        {
            TokenException error = await FailAsync(ClientSecret() with { UseV1Endpoint = v1 }, Fresh);
            Assert.Equal(TokenError.ResourceNotFound, error.Error);
            foreach (string way in new[] { "New-AzADServicePrincipal", "az ad sp create --id" })
                Assert.Contains(way, error.RecommendedAction, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tenant_that_stands_for_any_is_refused_as_a_tenant(bool v1)
    {
        TokenException error = await FailAsync(ClientSecret() with { TenantId = "common", UseV1Endpoint = v1 }, Fresh);
        Assert.Equal((TokenError.InvalidTenant, "AADSTS50059"), (error.Error, error.ErrorCode));
        Assert.Contains("-TenantId", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_code_links_to_Microsoft_s_page()
    {
        Emulator.Faults.Add(new Fault { Error = "AADSTS4242" });
        Assert.Contains(
            "https://login.microsoftonline.com/error?code=4242",
            (await FailAsync(ClientSecret(), Fresh)).RecommendedAction,
            StringComparison.Ordinal);
    }

    [Fact]
    public void No_action_says_that_an_assertion_can_be_used_only_once() =>
        Assert.DoesNotContain(
            EntraErrors.All,
            entry => entry.Code != "AADSTS54005" && entry.Action.Contains("already used", StringComparison.Ordinal));

    private static TokenRequest Fresh => For("LogAnalytics") with { ForceRefresh = true };

    private static void AssertTells(TokenException error, string code, TokenError promised)
    {
        Assert.Equal((promised, code), (error.Error, error.ErrorCode));
        Assert.True(Guid.TryParse(error.CorrelationId, out _), error.Message);
        Assert.NotEmpty(error.RecommendedAction);
    }

    [GeneratedRegex(@"(?m)^    (AADSTS\d+)  (\w+)(?:, for a person (\w+))?\r?$")]
    private static partial Regex CodeLine();

    [GeneratedRegex(@"(?m)^    (\w+) \(\w+\)\r?$")]
    private static partial Regex IdLine();
}
