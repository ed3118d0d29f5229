using Azure.Identity;
using Microsoft.Identity.Client;
using Microsoft.Identity.Client.Extensions.Msal;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.Engine.Caching;

/// <summary>
/// A cache that -TokenCacheName names: tokens on this machine, encrypted by the platform. It is stored apart from the
/// caches of Azure.Identity, because those are shared: by name with every program that chose the same one and, in a
/// Linux keyring, by all programs under all names, since the library gives all its caches the same two attributes and
/// a keyring knows an item by nothing else. Whoever clears one there clears them all.
/// </summary>
internal sealed class PersistentTokenCache : UnsafeTokenCacheOptions
{
    private const string Product = "MonitorToken";

    /// <summary>Ten seconds in all; nobody holds the lock for longer than it takes to read or write a file.</summary>
    private const int LockAttempts = 200;

    private static readonly TimeSpan LockRetryDelay = TimeSpan.FromMilliseconds(50);

    private readonly string _name;
    private readonly Storage _storage;
    private byte[] _lastRead = [];
    private volatile bool _isClosed;

    private PersistentTokenCache(string name, Storage storage) => (_name, _storage) = (name, storage);

    /// <summary>Opens the cache, which comes into being with the first token.</summary>
    /// <param name="name">As <see cref="TokenCacheFiles.CheckName"/> returns it.</param>
    /// <param name="allowUnencrypted">Whether to keep it in plain text where the platform cannot encrypt.</param>
    /// <exception cref="MsalCachePersistenceException">The platform cannot encrypt.</exception>
    public static PersistentTokenCache Open(string name, bool allowUnencrypted)
    {
        Directory.CreateDirectory(TokenCacheFiles.Folder);
        Storage storage = Storage.Create(Encrypted(name));
        try
        {
            storage.VerifyPersistence();
        }
        catch (MsalCachePersistenceException) when (allowUnencrypted)
        {
            storage = Storage.Create(At(name).WithUnprotectedFile().Build());
        }

        return new PersistentTokenCache(name, storage);
    }

    /// <summary>
    /// Deletes a named cache, damaged or not, and who has signed in with it; forgets what this process has in memory of
    /// it. Touches nothing that has another name or belongs to another program.
    /// </summary>
    /// <returns>Whether there was anything on this machine.</returns>
    /// <exception cref="TokenException">No cache can be called that, or it cannot be deleted.</exception>
    public static bool Delete(string name, ICallerContext caller)
    {
        name = TokenCacheFiles.CheckName(name);
        UserCredential.Forget(name);
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
                caller.Verbose($"There was no file of a cache named '{name}'.");
            return files.Length > 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotBeDeleted(
                name, $"its files in '{TokenCacheFiles.Folder}' are in use, or this user may not delete them");
        }
    }

    /// <summary>From now on nothing is written any more: the cache was deleted.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Does something that belongs with the cache, unless the cache was deleted meanwhile.</summary>
    public async Task WriteAsync(Action write, CancellationToken cancellationToken)
    {
        using FileStream held = await LockAsync(cancellationToken).ConfigureAwait(false);
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
        using FileStream held = await LockAsync(CancellationToken.None).ConfigureAwait(false);
        if (_isClosed)
            return;

        // The library lets go of the cache between reading and writing, so another process may have signed in.
        byte[] stored = _storage.ReadData();
        if (!stored.AsSpan().SequenceEqual(_lastRead))
            own = await MergeAsync(stored, own).ConfigureAwait(false);
        _storage.WriteData(own);
        _lastRead = own;
    }

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

    /// <summary>The attributes are what a keyring finds an item by; the schema and the label are for people.</summary>
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

    /// <summary>On Windows the file is all there is.</summary>
    private static void DeleteFromKeyring(string name, ICallerContext caller)
    {
        if (Path.DirectorySeparatorChar == '\\')
            return;

        try
        {
            Storage storage = Storage.Create(Encrypted(name));
            storage.Clear();
            if (storage.ReadData().Length > 0)
                throw CannotBeDeleted(name, "the keychain or keyring that holds it did not let go of it");
        }
        catch (Exception exception) when (exception is DllNotFoundException or InvalidOperationException)
        {
            caller.Verbose("This machine has no keyring, so there is nothing to take out of it.");
        }
    }

    private static TokenException CannotBeDeleted(string name, string why) =>
        new(
            TokenError.TokenCacheUnavailable,
            $"The token cache '{name}' could not be deleted: {why}.",
            "Close other programs that use it, unlock the keyring where there is one, and run the command again.");

    private async Task<TokenCacheData> ReadAsync(CancellationToken cancellationToken)
    {
        using FileStream held = await LockAsync(cancellationToken).ConfigureAwait(false);
        _lastRead = _storage.ReadData();
        return new TokenCacheData(_lastRead);
    }

    /// <summary>
    /// Keeps other processes out until it is disposed of. The file stays: where one is deleted on closing, two who wait
    /// may each hold another file of the same name.
    /// </summary>
    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        string path = TokenCacheFiles.LockOf(_name);
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
