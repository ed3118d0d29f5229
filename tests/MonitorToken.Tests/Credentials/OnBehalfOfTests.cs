using System.Security.Cryptography.X509Certificates;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>A service in the name of the user who has called it.</summary>
public sealed class OnBehalfOfTests(EmulatorFixture fixture) : EngineTest(fixture)
{
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
    public async Task There_is_no_v1_request_for_it_and_none_is_sent()
    {
        CredentialOptions options = ClientSecret() with
        {
            Name = "OnBehalfOf",
            UserAssertion = Secure(Emulator.IssueUserToken(App.ClientId)),
            UseV1Endpoint = true,
        };
        TokenException error = await FailAsync(options);
        Assert.Equal(TokenError.InvalidOption, error.Error);
        Assert.Contains("-UseV1Endpoint", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(Requests);
    }
}
