using Azure.Identity;
using Microsoft.Identity.Client.Extensions.Msal;

namespace MonitorToken.Engine.Memory;

/// <summary>
/// What -TokenCacheName keeps on this machine. The library writes and encrypts it; this knows where, to take it away
/// again.
/// </summary>
internal static class PersistentCache
{
    private const string Service = "Microsoft.Developer.IdentityService";

    /// <summary>The library keeps tokens for clients that take part in continuous access evaluation apart.</summary>
    private static readonly string[] Suffixes = ["", ".cae", ".nocae"];

    /// <summary>Where the library keeps them.</summary>
    public static string Folder => Path.Combine(LocalFolder.Path, ".IdentityService");

    /// <summary>How the library is told to keep tokens under a name.</summary>
    public static TokenCachePersistenceOptions Open(string name, bool mayBeUnencrypted)
    {
        // The library asks the runtime for the folder, which tells of none that is not there yet; a cache of a user
        // whose home is new would be written to the current folder.
        Directory.CreateDirectory(LocalFolder.Path);
        return new TokenCachePersistenceOptions { Name = name, UnsafeAllowUnencryptedStorage = mayBeUnencrypted };
    }

    /// <summary>Deletes a named cache and who has signed in with it, damaged or not.</summary>
    /// <returns>Whether there was anything.</returns>
    /// <exception cref="TokenException">The name is none, or a file cannot be deleted.</exception>
    public static bool Delete(string name, ICaller caller)
    {
        RememberedUser.CheckName(name);
        UserCredential.Forget();
        try
        {
            bool any = RememberedUser.Delete(name);
            string[] files = Directory.Exists(Folder)
                ? [.. Suffixes.Select(suffix => Path.Combine(Folder, name + suffix))]
                : [];
            foreach (string file in files)
            {
                any |= File.Exists(file);
                Empty(Path.GetFileName(file), caller);
                File.Delete(file);
                File.Delete(file + ".lockfile");
            }

            if (!any)
                caller.Verbose($"There was no file of a cache named '{name}'; a keyring's entry, if any, is gone too.");
            return any;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TokenException(
                TokenError.TokenCacheUnavailable,
                $"The token cache '{name}' could not be deleted: "
                    + $"its files in '{Folder}' are in use, or this user may not delete them.",
                "Close other programs that use it, and run the command again.");
        }
    }

    /// <summary>Takes it out of the keychain or the keyring, where there is one.</summary>
    private static void Empty(string name, ICaller caller)
    {
        if (Path.DirectorySeparatorChar == '\\')
            return;

        try
        {
            StorageCreationProperties storage = new StorageCreationPropertiesBuilder(name, Folder)
                .WithMacKeyChain(Service, name)
                .WithLinuxKeyring(
                    "msal.cache",
                    "default",
                    name,
                    new KeyValuePair<string, string>("MsalClientID", Service),
                    new KeyValuePair<string, string>(Service, "1.0.0.0"))
                .Build();
            Storage.Create(storage).Clear(ignoreExceptions: true);
        }
        catch (Exception exception) when (exception is MsalCachePersistenceException or DllNotFoundException)
        {
            caller.Verbose("This machine has no keyring, so there is nothing to take out of it.");
        }
    }
}
