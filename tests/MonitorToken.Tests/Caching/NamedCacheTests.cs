using System.Diagnostics;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Caching;

/// <summary>What -TokenCacheName keeps is this name's alone, on disk, in memory and in a keyring.</summary>
public sealed class NamedCacheTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    /// <summary>What Azure.Identity gives to each cache of each program, and a keyring tells items apart by.</summary>
    private const string LibraryItem =
        "MsalClientID=Microsoft.Developer.IdentityService,Microsoft.Developer.IdentityService=1.0.0.0";

    public static TheoryData<string> ImpossibleNames { get; } =
    [
        "x.nocae", "x.cae", "X.NOCAE", "NUL", "nul", "nul.txt", "CON", "con.x", "COM1", "lpt9.a.b", "AUX", "prn",
        new string('L', 245), "", "../x", "a b", ".x", "x\n",
    ];

    [Fact]
    public async Task The_token_of_a_cleared_name_does_not_come_from_memory_and_all_other_sign_ins_are_kept()
    {
        CacheFolder();
        CredentialOptions[] people = [Named("work"), Named("home"), Person()];
        foreach (CredentialOptions person in people)
            await GetAsync(person);
        Assert.Equal(3, Caller.Shown.Count);
        Emulator.Requests.Clear();

        Assert.True(PersistentTokenCache.Delete("work", Caller));
        foreach (CredentialOptions person in people)
        {
            await GetAsync(person);
            await GetAsync(person, For("ResourceManager"));
        }

        // One person alone was asked again, and a further resource asks nobody.
        Assert.Equal(4, Caller.Shown.Count);
        Assert.Single(Requests, request => request.Path.EndsWith("/devicecode", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_names_in_one_process_are_two_caches()
    {
        string folder = CacheFolder();
        App app = Emulator.Directory.AddApp();
        await GetAsync(Named("one", app));
        await GetAsync(Named("two", app));
        Assert.Equal(2, Caller.Shown.Count);
        Assert.Equal(["one.tokens", "two.tokens"], Files(folder, "*.tokens"));

        ProcessMemory.Clear();
        Assert.True(PersistentTokenCache.Delete("one", Caller));
        await GetAsync(Named("two", app));
        Assert.Equal(2, Caller.Shown.Count);
        await GetAsync(Named("one", app));
        Assert.Equal(3, Caller.Shown.Count);
    }

    [Fact]
    public async Task A_name_in_another_case_is_the_same_cache_on_every_system()
    {
        string folder = CacheFolder();
        App app = Emulator.Directory.AddApp();
        await GetAsync(Named("Work", app));
        ProcessMemory.Clear();
        await GetAsync(Named("wORK", app));
        Assert.Single(Caller.Shown);

        Assert.True(PersistentTokenCache.Delete("WORK", Caller));
        Assert.Empty(Files(folder, "*"));
        await GetAsync(Named("work", app));
        Assert.Equal(2, Caller.Shown.Count);
    }

    [Theory]
    [MemberData(nameof(ImpossibleNames))]
    public void A_name_that_no_cache_can_have_is_refused_before_anything_is_done(string name)
    {
        string folder = CacheFolder();
        TokenException[] refused =
        [
            Assert.Throws<TokenException>(() => PersistentTokenCache.Delete(name, Caller)),
            Assert.Throws<TokenException>(() => CredentialCatalog.Create(Person() with { TokenCacheName = name })),
            Assert.Throws<TokenException>(
                () => CredentialCatalog.Create(Options("Interactive") with { TokenCacheName = name })),
        ];
        Assert.All(refused, error => Assert.Equal(TokenError.InvalidOption, error.Error));
        Assert.All(refused, error => Assert.InRange(error.Message.Length, 20, 250));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("null")]
    [InlineData("console")]
    [InlineData("com10x")]
    [InlineData("work.NUL")]
    [InlineData("x.nocae.y")]
    [InlineData("a.")]
    public async Task A_name_that_only_looks_like_one_of_those_is_kept_and_found_again(string name)
    {
        CacheFolder();
        App app = Emulator.Directory.AddApp();
        await GetAsync(Named(name, app));
        ProcessMemory.Clear();
        await GetAsync(Named(name, app));
        Assert.Single(Caller.Shown);
        Assert.True(PersistentTokenCache.Delete(name, Caller));
    }

    [Fact]
    public async Task Only_one_process_at_a_time_checks_whether_tokens_can_be_encrypted()
    {
        CacheFolder();
        Directory.CreateDirectory(TokenCacheFiles.Folder);
        Task<PersistentTokenCache> opened;
        // As another process holds it.
        await using (new FileStream(
            TokenCacheFiles.LockOf("work"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            opened = PersistentTokenCache.OpenAsync("work", allowUnencrypted: true, Stop);
            Assert.False(opened.IsCompleted);
        }

        await opened;
    }

    [Fact]
    public async Task The_longest_name_is_kept_and_found_again()
    {
        CacheFolder();
        string name = new('n', 128);
        App app = Emulator.Directory.AddApp();
        await GetAsync(Named(name, app));
        ProcessMemory.Clear();
        await GetAsync(Named(name, app));
        Assert.Single(Caller.Shown);
    }

    [Fact]
    public async Task Who_is_signing_in_while_the_cache_is_deleted_leaves_nothing_in_it()
    {
        string folder = CacheFolder();
        App app = Emulator.Directory.AddApp();
        CredentialOptions options = Named("gone", app);
        Caller.OnShow = _ =>
        {
            PersistentTokenCache.Delete("gone", Caller);
            Emulator.DeviceCodes.Approve(Emulator.DeviceCodes.Pending[^1].UserCode);
        };
        Assert.NotEmpty((await GetAsync(options)).GetPlainText());
        Assert.DoesNotContain(Files(folder, "*"), file => !file.EndsWith(".lockfile", StringComparison.Ordinal));

        await GetAsync(Named("gone", app));
        Assert.Equal(2, Caller.Shown.Count);
    }

    [Fact]
    public async Task Many_who_sign_in_at_once_with_one_cache_are_all_remembered()
    {
        CacheFolder();
        App[] apps = [.. Enumerable.Range(0, 8).Select(_ => Emulator.Directory.AddApp())];
        CredentialOptions[] people = [.. apps.Select(app => Named("shared", app))];
        Caller.OnShow = text => Emulator.DeviceCodes.Approve(Emulator.DeviceCodes.Pending
            .Single(code => text.Contains(code.UserCode, StringComparison.Ordinal)).UserCode);
        await Task.WhenAll(people.Select(person => Task.Run(() => GetAsync(person), Stop)));
        Assert.Equal(8, Caller.Shown.Count);

        ProcessMemory.Clear();
        foreach (CredentialOptions person in people)
            await GetAsync(person);
        Assert.Equal(8, Caller.Shown.Count);
    }

    [Fact]
    public async Task A_keyring_s_other_items_are_neither_read_nor_written_nor_cleared()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has a keyring.");
        string folder = Directory.CreateTempSubdirectory("monitortoken-keyring-").FullName;
        CompileKeyring(folder);
        Directory.CreateDirectory(Path.Combine(folder, "items"));
        await File.WriteAllTextAsync(Path.Combine(folder, "items", LibraryItem), "somebody else's", Stop);

        await OwnProcess.RunAsync(
            $"{typeof(NamedCacheTests).FullName}.{nameof(With_a_keyring)}",
            "/usr/bin/env",
            $"LD_LIBRARY_PATH={folder}",
            $"TEST_KEYRING={folder}",
            $"XDG_DATA_HOME={folder}/data");

        Assert.Equal("somebody else's", await File.ReadAllTextAsync(Path.Combine(folder, "items", LibraryItem), Stop));
        string[] calls = await File.ReadAllLinesAsync(Path.Combine(folder, "calls"), Stop);
        Assert.Contains(calls, call => call.StartsWith("clear ", StringComparison.Ordinal));
        Assert.DoesNotContain(calls, call => call.Contains("Microsoft", StringComparison.Ordinal));
        Directory.Delete(folder, recursive: true);
    }

    [Fact(Explicit = true)]
    public async Task With_a_keyring()
    {
        string folder = Environment.GetEnvironmentVariable("TEST_KEYRING")!;
        App app = Emulator.Directory.AddApp();
        CredentialOptions[] people =
        [
            Named("work", app) with { AllowUnencryptedTokenCache = false },
            Named("home", app) with { AllowUnencryptedTokenCache = false },
        ];
        foreach (CredentialOptions person in people)
            await GetAsync(person);
        Assert.Equal(2, Caller.Shown.Count);
        // The keyring has the tokens; the file is there to be locked and dated.
        Assert.Equal(3, Directory.GetFiles(Path.Combine(folder, "items")).Length);
        Assert.All(
            Directory.GetFiles(Path.Combine(folder, "data"), "*.tokens", SearchOption.AllDirectories),
            file => Assert.Equal(0, new FileInfo(file).Length));

        ProcessMemory.Clear();
        foreach (CredentialOptions person in people)
            await GetAsync(person);
        Assert.Equal(2, Caller.Shown.Count);

        // One that there is not, and one that there is.
        Assert.False(PersistentTokenCache.Delete("wrok", Caller));
        Assert.True(PersistentTokenCache.Delete("work", Caller));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(folder, "items")).Length);
        ProcessMemory.Clear();
        await GetAsync(people[1]);
        Assert.Equal(2, Caller.Shown.Count);
        await GetAsync(people[0]);
        Assert.Equal(3, Caller.Shown.Count);
    }

    /// <summary>A libsecret with a file for each item, named by its attributes, which notes what it is asked.</summary>
    private static void CompileKeyring(string folder)
    {
        string source = Path.Combine(folder, "libsecret.c");
        File.WriteAllText(
            source,
            """
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>
            static void path(char* to, const char* k1, const char* v1, const char* k2, const char* v2) {
                snprintf(to, 4096, "%s/items/%s=%s,%s=%s", getenv("TEST_KEYRING"), k1, v1, k2, v2);
            }
            static void note(const char* what, const char* item) {
                char file[4096];
                snprintf(file, 4096, "%s/calls", getenv("TEST_KEYRING"));
                FILE* log = fopen(file, "a");
                fprintf(log, "%s %s\n", what, strrchr(item, '/') + 1);
                fclose(log);
            }
            void* secret_schema_new(const char* name, int flags) { return malloc(8); }
            int secret_password_store_sync(void* schema, const char* collection, const char* label,
                const char* password, void* cancellable, void** error,
                const char* k1, const char* v1, const char* k2, const char* v2, void* end) {
                char item[4096];
                path(item, k1, v1, k2, v2);
                note("store", item);
                FILE* file = fopen(item, "w");
                fputs(password, file);
                fclose(file);
                return 1;
            }
            char* secret_password_lookup_sync(void* schema, void* cancellable, void** error,
                const char* k1, const char* v1, const char* k2, const char* v2, void* end) {
                char item[4096];
                path(item, k1, v1, k2, v2);
                note("lookup", item);
                FILE* file = fopen(item, "r");
                if (!file) return 0;
                char* text = calloc(1, 1 << 20);
                fread(text, 1, (1 << 20) - 1, file);
                fclose(file);
                return text;
            }
            int secret_password_clear_sync(void* schema, void* cancellable, void** error,
                const char* k1, const char* v1, const char* k2, const char* v2, void* end) {
                char item[4096];
                path(item, k1, v1, k2, v2);
                note("clear", item);
                return unlink(item) == 0;
            }
            """);
        try
        {
            using Process compiler = Process.Start(
                "cc", ["-w", "-shared", "-fPIC", "-o", Path.Combine(folder, "libsecret-1.so.0"), source]);
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("There is no C compiler (cc) to make a stand-in for libsecret with.");
        }
    }

    private string CacheFolder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The folder of caches can be moved on Linux alone.");
        Set("XDG_DATA_HOME", Folder);
        Set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
        return Folder;
    }

    private CredentialOptions Named(string name, App? app = null) =>
        Person(app) with { TokenCacheName = name, AllowUnencryptedTokenCache = true };

    private static string[] Files(string folder, string pattern) =>
    [
        .. Directory.GetFiles(folder, pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal),
    ];
}
