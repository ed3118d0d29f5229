using MonitorToken.Engine.Caching;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Caching;

/// <summary>What is forgotten, in the process and on disk, and what is left alone.</summary>
public sealed class MemoryTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task All_tokens_are_forgotten_and_counted()
    {
        TokenCache.Process.Clear();
        AccessToken[] before = [await GetAsync(ClientSecret()), await GetAsync(ClientSecret(), For("ResourceManager"))];
        Assert.Equal(2, TokenCache.Process.Clear());
        Assert.Equal(0, TokenCache.Process.Clear());

        Assert.NotEqual(before[0].GetPlainText(), (await GetAsync(ClientSecret())).GetPlainText());
        Assert.NotEmpty(before[0].GetPlainText());
        Assert.Equal(3, Requests.Count);
    }

    [Fact]
    public async Task Who_waits_at_that_moment_gets_the_token_and_it_is_not_kept()
    {
        Emulator.Faults.Add(new Fault { DelayMs = 500, Times = 1 });
        Task<AccessToken> waiting = GetAsync(ClientSecret());
        await Eventually.TrueAsync(() => Requests.Count == 1, "a request is under way");
        TokenCache.Process.Clear();

        string token = (await waiting).GetPlainText();
        Assert.NotEmpty(token);
        Assert.NotEqual(token, (await GetAsync(ClientSecret())).GetPlainText());
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task A_pause_is_forgotten_too()
    {
        Emulator.Faults.Add(new Fault
        {
            Status = 429,
            Headers = new Dictionary<string, string> { ["Retry-After"] = "3600" },
            Times = 1,
        });
        await FailAsync(ClientSecret());
        TokenCache.Process.Clear();
        Assert.NotEmpty((await GetAsync(ClientSecret())).GetPlainText());
    }

    [Fact]
    public async Task Many_tokens_at_once_neither_lose_nor_mix_each_other()
    {
        // Whoever comes with a new key throws away what is useless; what is only just being made is not.
        var memory = new TokenCache(TimeProvider.System);
        int asked = 0;
        TokenRequest request = For("LogAnalytics");
        Task<(int Key, AccessToken Token)>[] calls =
        [
            .. Enumerable.Range(0, 4000).Select(i => Task.Run(async () => (i % 1000, await GetAsync(i % 1000)), Stop)),
        ];
        (int Key, AccessToken Token)[] got = await Task.WhenAll(calls).WaitAsync(TimeSpan.FromMinutes(1), Stop);

        Assert.All(got, one => Assert.StartsWith($"{one.Key}-", one.Token.GetPlainText(), StringComparison.Ordinal));
        Assert.Equal(1000, asked);
        Assert.Equal(1000, memory.Clear());

        Task<AccessToken> GetAsync(int key) => memory.GetAsync(
            new CacheKey($"somebody {key}", "something"),
            new TokenCacheRequest(request, Caller, Minute, Minute, InvolvesCaller: false, async (_, _, stop) =>
            {
                int number = Interlocked.Increment(ref asked);
                await Task.Delay(number % 3, stop);
                return MadeUp.Token($"{key}-{number}", request);
            }),
            Stop);
    }

    [Fact]
    public async Task When_the_last_one_leaves_what_was_begun_is_ended()
    {
        var memory = new TokenCache(TimeProvider.System);
        TokenRequest request = For("LogAnalytics");
        int begun = 0;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var first = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using var last = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<AccessToken> one = GetAsync(first.Token);
        await Eventually.TrueAsync(() => Volatile.Read(ref begun) == 1, "a request was begun");
        Task<AccessToken> two = GetAsync(last.Token);

        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        Assert.False(ended.Task.IsCompleted);
        await last.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => two);
        await Eventually.TrueAsync(() => ended.Task.IsCompleted, "the request was given up");
        Assert.Equal(1, begun);

        Task<AccessToken> GetAsync(CancellationToken cancellationToken) => memory.GetAsync(
            new CacheKey("somebody", "something"),
            new TokenCacheRequest(request, Caller, Minute, Minute, InvolvesCaller: false, async (_, _, stop) =>
            {
                Interlocked.Increment(ref begun);
                using CancellationTokenRegistration end = stop.Register(ended.SetResult);
                await Task.Delay(Timeout.Infinite, stop);
                throw new InvalidOperationException("It cannot end otherwise.");
            }),
            cancellationToken);
    }

    // ---- on disk

    [Fact]
    public void A_named_cache_goes_with_its_lock_and_its_people_and_no_other_does()
    {
        string folder = CacheFolder();
        string[] gone = Write(
            folder,
            "MonitorToken/a.b.tokens",
            "MonitorToken/a.b.tokens.lockfile",
            "MonitorToken/a.b.0123456789ab.json");
        string[] kept = Write(
            folder,
            // Azure.Identity's own, of whatever program.
            ".IdentityService/a.b",
            ".IdentityService/a.b.cae",
            ".IdentityService/a.b.nocae",
            ".IdentityService/a.b.nocae.lockfile",
            ".IdentityService/msal.cache",
            "MonitorToken/a.b",
            "MonitorToken/axb.tokens",
            "MonitorToken/a.b.c.tokens",
            "MonitorToken/axb.0123456789ab.json",
            "MonitorToken/a.b.c.0123456789ab.json",
            "MonitorToken/a.0123456789ab.json",
            "MonitorToken/notes.json");

        Assert.True(PersistentTokenCache.Delete("a.b", Caller));
        Assert.DoesNotContain(gone, File.Exists);
        Assert.Equal(kept, kept.Where(File.Exists));
        Assert.False(PersistentTokenCache.Delete("a.b", Caller));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("*")]
    [InlineData("a*")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    public void What_is_no_name_deletes_nothing(string name)
    {
        string folder = CacheFolder();
        string[] kept = Write(
            folder, ".IdentityService/a", "MonitorToken/a.tokens", "MonitorToken/a.0123456789ab.json", "evil");
        Assert.Equal(
            TokenError.InvalidOption,
            Assert.Throws<TokenException>(() => PersistentTokenCache.Delete(name, Caller)).Error);
        Assert.Equal(kept, kept.Where(File.Exists));
    }

    [Fact]
    public async Task A_user_without_a_home_is_told_so_and_no_file_is_left_where_one_happens_to_be()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && File.Exists("/usr/bin/setpriv") && Environment.UserName == "root",
            "Only root on Linux can become a user whom nobody knows.");
        Assert.SkipUnless(MayBeReadByAll(), "A user whom nobody knows may not read the folder of these tests.");
        await OwnProcess.RunAsync(
            $"{typeof(MemoryTests).FullName}.{nameof(As_a_user_without_a_home)}",
            "/usr/bin/env",
            "HOME=/tmp",
            "/usr/bin/setpriv",
            "--reuid=54321",
            "--regid=54321",
            "--clear-groups");
    }

    [Fact(Explicit = true)]
    public async Task As_a_user_without_a_home()
    {
        // The emulator could not do without one.
        Set("HOME", null);
        Set("XDG_DATA_HOME", null);
        Caller.OnShow = _ => Emulator.DeviceCodes.Approve(Emulator.DeviceCodes.Pending[^1].UserCode);
        CredentialOptions options = Options("DeviceCode") with
        {
            TenantId = Emulator.Directory.Tenant.Id.ToString(),
            TokenCacheName = "homeless",
            AllowUnencryptedTokenCache = true,
        };
        Exception? error = await Record.ExceptionAsync(() => GetAsync(options));
        TokenException told = Assert.IsType<TokenException>(error);
        Assert.True(told.Error == TokenError.TokenCacheUnavailable, told.ToString());
        Assert.Contains("HOME", told.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(Caller.Shown);
    }

    private static bool MayBeReadByAll()
    {
        const UnixFileMode Needed = UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (OperatingSystem.IsWindows() || (File.GetUnixFileMode(folder) & Needed) != Needed)
                return false;
        }

        return true;
    }

    private string CacheFolder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The folder of caches can be moved on Linux alone.");
        string folder = Directory.CreateTempSubdirectory("monitortoken-memory-").FullName;
        Set("XDG_DATA_HOME", folder);
        return folder;
    }

    private static string[] Write(string folder, params string[] names)
    {
        string[] paths = [.. names.Select(name => Path.Combine(folder, name))];
        foreach (string path in paths)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "x");
        }

        return paths;
    }
}
