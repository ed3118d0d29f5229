using System.Net;
using System.Text.RegularExpressions;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>
/// A person in the browser of this machine, for whom an HTTP client reads the pages and sends the forms.
/// </summary>
public sealed class InteractiveTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task The_browser_is_opened_once_and_the_code_that_comes_back_is_redeemed()
    {
        CredentialOptions options = User();
        StandIn browser = OpenBrowser();
        Task<AccessToken> signIn = Task.Run(() => GetAsync(options), Stop);
        await DecideAsync(await OpenedAsync(browser), "accept");
        AccessToken token = await signIn;

        Assert.Equal(
            ("Interactive", Emulator.Directory.User.UserPrincipalName), (token.CredentialName, token.Identity));
        RecordedRequest request = TokenRequestOf("authorization_code");
        Assert.StartsWith("http://localhost:", request.Form["redirect_uri"], StringComparison.Ordinal);
        Assert.NotEmpty(request.Form["code_verifier"]);

        // A further resource needs no person.
        await GetAsync(options, For("ResourceManager"));
        Assert.Equal(1, browser.Starts);
    }

    [Fact]
    public async Task Who_declines_is_refused()
    {
        CredentialOptions options = User();
        StandIn browser = OpenBrowser();
        Task<TokenException> signIn = Task.Run(() => FailAsync(options), Stop);
        await DecideAsync(await OpenedAsync(browser), "cancel");
        TokenException error = await signIn;
        Assert.Equal((TokenError.AuthenticationFailed, "Interactive"), (error.Error, error.CredentialName));
    }

    [Fact]
    public async Task Where_no_browser_can_be_opened_another_way_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the system itself opens it.");
        Set("PATH", Folder);
        TokenException error = await FailAsync(User());
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains("-DeviceCode", error.RecommendedAction, StringComparison.Ordinal);
    }

    /// <summary>Takes the address down to which a browser would go.</summary>
    private StandIn OpenBrowser()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the system itself opens it.");
        var browser = new StandIn("xdg-open");
        browser.Does("printf %s \"$1\" > \"$HERE/address.part\" && mv \"$HERE/address.part\" \"$HERE/address\"");
        Set("PATH", browser.Folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        // MSAL asks first whether there is a desktop.
        Set("DISPLAY", ":0");
        return browser;
    }

    private static async Task<string> OpenedAsync(StandIn browser)
    {
        string path = Path.Combine(browser.Folder, "address");
        await Eventually.TrueAsync(() => File.Exists(path), "the browser was opened");
        return await File.ReadAllTextAsync(path, Stop);
    }

    /// <summary>Shows the page, sends its form, and hands the form that comes then to localhost.</summary>
    private static async Task DecideAsync(string address, string decision)
    {
        using var http = new HttpClient();
        Assert.Contains($"id=\"{decision}\"", await http.GetStringAsync(address, Stop), StringComparison.Ordinal);
        using HttpResponseMessage answer = await http.PostAsync(address, Form([new("decision", decision)]), Stop);
        string page = await answer.Content.ReadAsStringAsync(Stop);
        string back = WebUtility.HtmlDecode(Regex.Match(page, "action=\"([^\"]+)\"").Groups[1].Value);
        MatchCollection fields = Regex.Matches(page, "<input[^>]*name=\"([^\"]+)\"[^>]*value=\"([^\"]*)\"");
        using HttpResponseMessage done = await http.PostAsync(
            back,
            Form(fields.Select(field => KeyValuePair.Create(
                field.Groups[1].Value,
                WebUtility.HtmlDecode(field.Groups[2].Value)))),
            Stop);
    }

    private static FormUrlEncodedContent Form(IEnumerable<KeyValuePair<string, string>> fields) => new(fields);

    /// <summary>An app of its own, so that nobody is signed in from another test.</summary>
    private CredentialOptions User()
    {
        App.IsPublicClient = true;
        return Application("Interactive");
    }
}
