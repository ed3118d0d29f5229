using System.Diagnostics;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

public sealed class AzureCliTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task Whoever_is_logged_in_with_az_gets_the_token_and_another_login_gets_another()
    {
        Assert.SkipUnless(IsInstalled, "There is no az on PATH.");
        Set("AZURE_CONFIG_DIR", Folder);

        await LoginAsync(App);
        AccessToken token = await GetAsync(Options("AzureCli"));
        Assert.Equal(("AzureCli", App.ClientId), (token.CredentialName, token.Identity));
        Assert.Equal(TimeSpan.Zero, token.ExpiresOn.Offset);
        Assert.InRange(token.ExpiresIn, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(61));

        App other = Emulator.Directory.AddApp();
        await LoginAsync(other);
        Assert.Equal(other.ClientId, (await GetAsync(Options("AzureCli"))).Identity);
        Assert.DoesNotContain(Requests, request => request.Listener == Listener.Proxy);
    }

    [Fact]
    public async Task The_chain_reaches_az_past_a_silent_metadata_address()
    {
        Assert.SkipUnless(IsInstalled, "There is no az on PATH.");
        Set("AZURE_CONFIG_DIR", Folder);
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        await LoginAsync(App);
        Assert.Equal("AzureCli", (await GetAsync(Options("Default"))).CredentialName);
    }

    [Fact]
    public async Task Nobody_logged_in_is_unavailable_and_says_what_to_do()
    {
        Assert.SkipUnless(IsInstalled, "There is no az on PATH.");
        Set("AZURE_CONFIG_DIR", Folder);
        TokenException error = await FailAsync(Options("AzureCli"));
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains("az login", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ERROR: Subscription 'no such one' not found. Check the spelling and casing and try again.", true)]
    [InlineData("ERROR: Please run 'az login' to setup account.", false)]
    public async Task Where_az_complains_of_the_subscription_it_is_the_subscription_to_check(string says, bool isOfIt)
    {
        var az = new StandIn("az");
        Set("PATH", az.Folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        Set("AZURE_CONFIG_DIR", Folder);
        az.Does($"echo \"{says}\" >&2; exit 1");
        TokenException error = await FailAsync(Options("AzureCli") with { Subscription = "No Such One" });
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Equal(isOfIt, error.RecommendedAction.StartsWith("Check -Subscription", StringComparison.Ordinal));
        Assert.Equal(isOfIt, error.RecommendedAction.Contains("az account list", StringComparison.Ordinal));
    }

    private static bool IsInstalled => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? "az.cmd" : "az")));

    private async Task LoginAsync(App app)
    {
        using var az = Process.Start(new ProcessStartInfo(OperatingSystem.IsWindows() ? "az.cmd" : "az", [
            "login", "--service-principal", "--username", app.ClientId, "--password", app.Secret,
            "--tenant", Emulator.Directory.Tenant.Id.ToString(), "--output", "none"])
        {
            RedirectStandardError = true,
        })!;
        string error = await az.StandardError.ReadToEndAsync(Stop);
        await az.WaitForExitAsync(Stop);
        Assert.True(az.ExitCode == 0, error);
    }
}
