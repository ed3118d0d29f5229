using MonitorToken.Engine;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>What -TokenCacheName keeps, in a folder of the test's own. Elsewhere than on Linux it cannot be moved.</summary>
public sealed class PersistentCacheTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task A_damaged_cache_is_an_error_that_says_how_to_delete_it_and_deleting_it_helps()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The folder of caches can be moved on Linux alone.");
        string folder = Directory.CreateTempSubdirectory("monitortoken-").FullName;
        Set("XDG_DATA_HOME", folder);
        Emulator.DeviceCodes.Interval = TimeSpan.FromSeconds(1);
        Caller.OnShow = _ => Emulator.DeviceCodes.Approve(Emulator.DeviceCodes.Pending[^1].UserCode);
        CredentialOptions options = Options("DeviceCode") with
        {
            TenantId = Emulator.Directory.Tenant.Id.ToString(),
            TokenCacheName = "damaged",
            AllowUnencryptedTokenCache = true,
        };
        try
        {
            await GetAsync(options);
            Damage(folder);
            Forget();

            TokenException error = await FailAsync(options, For("ResourceManager"));

            Assert.Equal(TokenError.TokenCacheUnavailable, error.Error);
            Assert.Contains("'damaged'", error.Message, StringComparison.Ordinal);
            Assert.Contains("Clear-MonitorTokenCache -Name damaged", error.RecommendedAction, StringComparison.Ordinal);

            Damage(folder);
            Assert.True(PersistentCache.Delete("damaged", Caller));
            Assert.Equal("DeviceCode", (await GetAsync(options, For("ResourceManager"))).CredentialName);
        }
        finally
        {
            Forget();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>As a new process would begin.</summary>
    private static void Forget() => UserCredential.Forget();

    private static void Damage(string folder)
    {
        foreach (string file in Directory.GetFiles(Path.Combine(folder, ".IdentityService"), "damaged*"))
            File.WriteAllText(file, "damaged");
    }
}
