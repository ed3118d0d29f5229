using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>A person with a browser on another device.</summary>
public sealed class DeviceCodeTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task A_device_code_is_shown_at_once_and_redeemed_when_it_was_entered()
    {
        CredentialOptions options = Person();

        AccessToken token = await GetAsync(options);

        Assert.Contains("https://microsoft.com/devicelogin", Assert.Single(Caller.Shown), StringComparison.Ordinal);
        Assert.InRange(
            Assert.Single(Caller.Deadlines)!.Value,
            DateTimeOffset.UtcNow,
            DateTimeOffset.UtcNow.AddMinutes(16));
        Assert.Equal(("DeviceCode", Emulator.Directory.User.UserPrincipalName), (token.CredentialName, token.Identity));

        // Further resources, and a renewal, need no person.
        await GetAsync(options, For("ResourceManager"));
        AccessToken renewed = await GetAsync(options, For("LogAnalytics") with { ForceRefresh = true });
        Assert.NotEqual(token.GetPlainText(), renewed.GetPlainText());
        Assert.Single(Caller.Shown);
        Assert.Equal(2, Requests.Count(request => request.Form.GetValueOrDefault("grant_type") == "refresh_token"));
    }

    [Fact]
    public async Task A_device_code_that_is_declined_or_expires_is_told_apart()
    {
        CredentialOptions options = Person();
        Caller.OnShow = text => Emulator.DeviceCodes.Decline(Emulator.DeviceCodes.Pending[^1].UserCode);
        TokenException declined = await FailAsync(options);
        Assert.Equal((TokenError.AuthenticationFailed, "DeviceCode"), (declined.Error, declined.CredentialName));
        Assert.Contains("declined", declined.Message, StringComparison.Ordinal);

        Caller.OnShow = _ => { };
        TimeSpan usual = Emulator.DeviceCodes.ExpiresIn;
        Emulator.DeviceCodes.ExpiresIn = TimeSpan.FromSeconds(2);
        try
        {
            TokenException expired = await FailAsync(options with { TenantId = "organizations" });
            Assert.Equal(TokenError.Timeout, expired.Error);
            Assert.Contains("expired", expired.Message, StringComparison.OrdinalIgnoreCase);
        }
        finally
        {
            Emulator.DeviceCodes.ExpiresIn = usual;
        }
    }

    [Fact]
    public async Task A_cache_that_cannot_be_encrypted_is_refused_by_name_of_the_switch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Windows and macOS can encrypt.");
        Set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
        TokenException error = await FailAsync(
            Person() with { TokenCacheName = "test-" + Guid.NewGuid().ToString("n") });
        Assert.Equal(TokenError.TokenCacheUnavailable, error.Error);
        Assert.Contains("-AllowUnencryptedTokenCache", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(Caller.Shown);
    }
}
