using System.Runtime.InteropServices;
using Azure.Identity;
using Microsoft.Identity.Client;
using Microsoft.Identity.Client.Extensions.Msal;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Caching;

/// <summary>
/// The persistent token cache that -TokenCacheName selects, encrypted by the platform: DPAPI on Windows, the Keychain
/// on macOS, a keyring (libsecret) on Linux. It is separate from the caches of Azure.Identity, because those are
/// shared: a cache name with every program that uses the same name and, in a Linux keyring, all names with all
/// programs, since Azure.Identity uses the same two attributes for all its caches, by which a keyring finds its items.
/// Clearing one of them there clears all.
/// </summary>
internal sealed class PersistentTokenCache : UnsafeTokenCacheOptions
{
    private const string Product = "MonitorToken";

    /// <summary>
    /// With <see cref="LockRetryDelay"/>, 10 seconds in total. Chosen: the lock is held only as long as it takes to
    /// read or write a file.
    /// </summary>
    private const int LockAttempts = 200;

    private static readonly TimeSpan LockRetryDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>The open caches of this process. Does not keep them alive.</summary>
    private static readonly List<WeakReference<PersistentTokenCache>> Opened = [];

    private readonly string _name;
    private readonly Storage _storage;
    private byte[] _lastRead = [];
    private volatile bool _isClosed;

    private PersistentTokenCache(string name, Storage storage) => (_name, _storage) = (name, storage);

    /// <summary>Opens the cache. It is created when the first token is stored.</summary>
    /// <param name="name">The name, as <see cref="TokenCacheFiles.CheckName"/> returns it.</param>
    /// <param name="allowUnencrypted">
    /// Whether to store the cache in plain text if the platform cannot encrypt it.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait for the lock.</param>
    /// <exception cref="MsalCachePersistenceException">
    /// The platform cannot encrypt the cache, and plain text is not allowed.
    /// </exception>
    public static async Task<PersistentTokenCache> OpenAsync(
        string name, bool allowUnencrypted, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(TokenCacheFiles.Folder);
        Storage storage = Storage.Create(Encrypted(name));
        try
        {
            // The check writes, reads and deletes a file. Of two at once, one would find that nothing can be encrypted
            // here, and might store its tokens in plain text.
            using FileStream held = await LockAsync(name, cancellationToken).ConfigureAwait(false);
            storage.VerifyPersistence();
        }
        catch (MsalCachePersistenceException) when (allowUnencrypted)
        {
            storage = Storage.Create(At(name).WithUnprotectedFile().Build());
        }

        var cache = new PersistentTokenCache(name, storage);
        lock (Opened)
        {
            Opened.RemoveAll(opened => !opened.TryGetTarget(out _));
            Opened.Add(new WeakReference<PersistentTokenCache>(cache));
        }

        return cache;
    }

    /// <summary>
    /// Deletes a named cache, even a damaged one, together with its sign-in records, and removes its tokens from the
    /// memory of this process. Does not affect caches with other names or of other programs.
    /// </summary>
    /// <param name="name">The name of the cache.</param>
    /// <param name="caller">Receives verbose messages.</param>
    /// <returns>Whether the cache had any files on this machine.</returns>
    /// <exception cref="TokenException">The name is not valid, or the cache cannot be deleted.</exception>
    public static bool Delete(string name, ICallerContext caller)
    {
        name = TokenCacheFiles.CheckName(name);
        UserCredential.Forget(name);
        CloseAll(name);
        TokenCache.Process.Clear(name);
        try
        {
            string[] files =
            [
                .. new[] { TokenCacheFiles.TokensOf(name), TokenCacheFiles.LockOf(name) }
                    .Where(path => File.Exists(path) || Directory.Exists(path)),
                .. TokenCacheFiles.SignInsOf(name),
            ];
            DeleteFromKeyring(name, caller);
            foreach (string file in files)
                File.Delete(file);

            if (files.Length == 0)
                caller.Verbose($"The token cache '{name}' had no files.");
            return files.Length > 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotBeDeleted(
                name, $"its files in '{TokenCacheFiles.Folder}' are in use, or this user isn't allowed to delete them");
        }
    }

    /// <summary>Lists the caches of this user.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="TokenException">The folder of the caches cannot be read.</exception>
    public static Task<TokenCacheInfo[]> ListAsync(CancellationToken cancellationToken) =>
        Task.Run(List, cancellationToken).UnlessCanceled(cancellationToken);

    private static TokenCacheInfo[] List()
    {
        try
        {
            return
            [
                .. TokenCacheFiles.Names().OrderBy(name => name, StringComparer.Ordinal).Select(Describe)
                    .OfType<TokenCacheInfo>(),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TokenException(
                TokenError.TokenCacheUnavailable,
                $"The folder '{TokenCacheFiles.Folder}' can't be read.",
                "Check that this user is allowed to read it.");
        }
    }

    /// <summary>Creates the error for a cache that does not exist.</summary>
    public static TokenException Missing(string name) =>
        new(
            TokenError.TokenCacheUnavailable,
            $"There's no token cache named '{name}' on this machine.",
            "Get-MonitorTokenCache lists this user's caches. To create one, sign in with -Interactive or "
                + "-DeviceCode and -TokenCacheName.");

    /// <summary>
    /// Explains a failure to read or write the cache; null if the exception has another cause.
    /// </summary>
    /// <param name="exception">The exception.</param>
    /// <param name="name">The name of the cache.</param>
    /// <param name="credentialName">The name of the credential that uses it.</param>
    public static TokenException? Explain(Exception exception, string name, string credentialName)
    {
        Exception[] chain = [.. TokenErrors.Unwrap(exception)];
        // Responses are inspected before MSAL sees them, so what it cannot parse is its cache.
        if (chain.OfType<MsalClientException>().Any(msal => msal.ErrorCode == MsalError.JsonParseError))
            return new TokenException(
                TokenError.TokenCacheUnavailable,
                $"The token cache '{name}' on this machine is damaged.",
                $"Delete it with Clear-MonitorTokenCache -Name {name}, and then sign in again.")
            {
                CredentialName = credentialName,
            };

        // Network failures are TokenExceptions already, so what is left is the disk.
        return chain.OfType<TokenException>().Any()
            || !chain.Any(inner => inner is UnauthorizedAccessException or IOException)
                ? null
                : new TokenException(
                    TokenError.TokenCacheUnavailable,
                    $"The token cache '{name}' can't be saved: '{TokenCacheFiles.Folder}' isn't writable by this user, "
                        + "is in use, or is full.",
                    Path.DirectorySeparatorChar == '/'
                        ? "Leave -TokenCacheName out, or set HOME to a folder that belongs to this user."
                        : "Leave -TokenCacheName out, or make the folder writable for this user.")
                {
                    CredentialName = credentialName,
                };
    }

    /// <summary>Stops all writing, because the cache was deleted.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Runs an action under the lock of the cache, unless the cache was deleted in the meantime.</summary>
    /// <param name="write">Writes a file that belongs to the cache, such as a sign-in record.</param>
    /// <param name="cancellationToken">Cancels the wait for the lock.</param>
    public async Task WriteAsync(Action write, CancellationToken cancellationToken)
    {
        using FileStream held = await LockAsync(_name, cancellationToken).ConfigureAwait(false);
        if (!_isClosed)
            write();
    }

    /// <inheritdoc/>
    protected override Task<TokenCacheData> RefreshCacheAsync(
        TokenCacheRefreshArgs args, CancellationToken cancellationToken = default) => ReadAsync(cancellationToken);

    /// <inheritdoc/>
    protected override async Task<ReadOnlyMemory<byte>> RefreshCacheAsync() =>
        (await ReadAsync(CancellationToken.None).ConfigureAwait(false)).CacheBytes;

    /// <inheritdoc/>
    protected override async Task TokenCacheUpdatedAsync(TokenCacheUpdatedArgs tokenCacheUpdatedArgs)
    {
        byte[] own = tokenCacheUpdatedArgs.UnsafeCacheData.ToArray();
        using FileStream held = await LockAsync(_name, CancellationToken.None).ConfigureAwait(false);
        if (_isClosed)
            return;

        // MSAL does not lock the cache between reading and writing, so another process may have changed it. Merge
        // instead of overwriting its tokens.
        byte[] stored = _storage.ReadData();
        if (!stored.AsSpan().SequenceEqual(_lastRead))
            own = await MergeAsync(stored, own).ConfigureAwait(false);
        _storage.WriteData(own);
        _lastRead = own;
    }

    /// <summary>
    /// Merges two serialized MSAL caches. MSAL has no API for that, so a client that is never used for a sign-in loads
    /// both; entries of the second one win.
    /// </summary>
    private static async Task<byte[]> MergeAsync(byte[] stored, byte[] own)
    {
        byte[] merged = own;
        IPublicClientApplication application = PublicClientApplicationBuilder
            .Create(Guid.NewGuid().ToString())
            .WithInstanceDiscovery(false)
            .Build();
        application.UserTokenCache.SetBeforeAccess(args =>
        {
            args.TokenCache.DeserializeMsalV3(stored, shouldClearExistingCache: true);
            args.TokenCache.DeserializeMsalV3(own);
        });
        application.UserTokenCache.SetAfterAccess(args => merged = args.TokenCache.SerializeMsalV3());
        await application.GetAccountsAsync().ConfigureAwait(false);
        return merged;
    }

    /// <summary>
    /// Describes the encrypted storage. In a Linux keyring, the attributes identify the item; schema and label are only
    /// displayed.
    /// </summary>
    private static StorageCreationProperties Encrypted(string name) =>
        At(name)
            .WithMacKeyChain(Product, name)
            .WithLinuxKeyring(
                Product,
                MsalCacheHelper.LinuxKeyRingDefaultCollection,
                $"{Product} token cache {name}",
                new KeyValuePair<string, string>("Program", Product),
                new KeyValuePair<string, string>("TokenCacheName", name))
            .Build();

    private static StorageCreationPropertiesBuilder At(string name) =>
        new(Path.GetFileName(TokenCacheFiles.TokensOf(name)), TokenCacheFiles.Folder);

    /// <summary>Deletes the item in the keychain or keyring. On Windows, a file holds the whole cache.</summary>
    private static void DeleteFromKeyring(string name, ICallerContext caller)
    {
        if (Path.DirectorySeparatorChar == '\\')
            return;

        try
        {
            Storage storage = Storage.Create(Encrypted(name));
            storage.Clear();
            if (storage.ReadData().Length > 0)
                throw CannotBeDeleted(name, "the keychain or keyring didn't delete it");
        }
        catch (Exception exception) when (exception is DllNotFoundException or InvalidOperationException)
        {
            caller.Verbose("This machine has no keyring, so there's nothing to remove from it.");
        }
    }

    /// <summary>Describes a cache; null if it was deleted in the meantime.</summary>
    private static TokenCacheInfo? Describe(string name)
    {
        string path = TokenCacheFiles.TokensOf(name);
        string[] files =
            [.. new[] { path }.Where(File.Exists), .. TokenCacheFiles.SignInsOf(name)];
        return files.Length == 0
            ? null
            : new TokenCacheInfo
            {
                Name = name.ToLowerInvariant(),
                Accounts =
                [
                    .. SignInRecord.ReadAll(name).Select(record => record.Username)
                        .Distinct(StringComparer.OrdinalIgnoreCase)
                        .OrderBy(user => user, StringComparer.OrdinalIgnoreCase),
                ],
                Protection = ProtectionOf(path),
                Path = path,
                CreatedOn = files.Min(File.GetCreationTimeUtc),
                LastWrittenOn = files.Max(File.GetLastWriteTimeUtc),
            };
    }

    /// <summary>
    /// How the tokens are protected: a keychain or keyring leaves the file empty, and plain text is JSON.
    /// </summary>
    private static TokenCacheProtection? ProtectionOf(string path)
    {
        try
        {
            if (!File.Exists(path))
                return null;

            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            int first = file.ReadByte();
            return first == '{' ? TokenCacheProtection.None
                : Path.DirectorySeparatorChar == '\\' ? TokenCacheProtection.Dpapi
                : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? TokenCacheProtection.Keychain
                : TokenCacheProtection.Keyring;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Stops requests in progress from writing a cache that is being deleted.</summary>
    private static void CloseAll(string name)
    {
        lock (Opened)
        {
            foreach (WeakReference<PersistentTokenCache> opened in Opened)
            {
                if (opened.TryGetTarget(out PersistentTokenCache? cache) && cache._name == name)
                    cache.Close();
            }
        }
    }

    private static TokenException CannotBeDeleted(string name, string why) =>
        new(
            TokenError.TokenCacheUnavailable,
            $"The token cache '{name}' couldn't be deleted: {why}.",
            "Close other programs that use it, unlock the keyring if there is one, and run the command again.");

    private async Task<TokenCacheData> ReadAsync(CancellationToken cancellationToken)
    {
        using FileStream held = await LockAsync(_name, cancellationToken).ConfigureAwait(false);
        _lastRead = _storage.ReadData();
        return new TokenCacheData(_lastRead);
    }

    /// <summary>
    /// Acquires the lock between processes, which lasts until the stream is disposed. The file is not deleted: if it
    /// were deleted on close, two waiting processes could each lock a different file of the same name.
    /// </summary>
    /// <exception cref="System.IO.IOException">
    /// The lock was not free within 10 seconds, or the file cannot be opened.
    /// </exception>
    private static async Task<FileStream> LockAsync(string name, CancellationToken cancellationToken)
    {
        string path = TokenCacheFiles.LockOf(name);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (
                attempt < LockAttempts && exception is not (DirectoryNotFoundException or PathTooLongException))
            {
                await Task.Delay(LockRetryDelay, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
