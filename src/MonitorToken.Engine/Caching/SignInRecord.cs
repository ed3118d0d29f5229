using System.Text;
using Azure.Identity;

namespace MonitorToken.Engine.Caching;

/// <summary>
/// The file that records which user has signed in with a named cache, so that later processes find the account: user
/// name and ids, no secrets. The tokens are in the <see cref="PersistentTokenCache"/>, which the platform encrypts.
/// </summary>
internal sealed class SignInRecord
{
    private readonly string _path;

    /// <summary>
    /// Selects the file by authority, tenant, client id and login hint. Its name contains a digest of them only.
    /// </summary>
    public SignInRecord(CredentialOptions options)
    {
        string who = string.Join(
            "\n",
            options.Authority.Host.Host,
            options.TenantId,
            options.ClientId,
            options.LoginHint);
        string digest = Convert.ToBase64String(Digest.Sha256(Encoding.UTF8.GetBytes(who)), 0, 9).Replace('/', '-')
            .Replace('+', '_');
        _path = TokenCacheFiles.SignInOf(options.TokenCacheName!, digest);
    }

    /// <summary>Reads the records of all accounts that have signed in with a cache.</summary>
    public static Task<AuthenticationRecord[]> ReadAllAsync(string cacheName, CancellationToken cancellationToken) =>
        Task.Run(() => ReadAll(cacheName), cancellationToken).UnlessCanceled(cancellationToken);

    /// <summary>Reads the records on this thread.</summary>
    public static AuthenticationRecord[] ReadAll(string cacheName) =>
        [.. TokenCacheFiles.SignInsOf(cacheName).Select(Read).OfType<AuthenticationRecord>()];

    /// <summary>Reads the record; null if there is none or it cannot be read.</summary>
    public AuthenticationRecord? Read() => Read(_path);

    private static AuthenticationRecord? Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            AuthenticationRecord record = AuthenticationRecord.Deserialize(file);
            string[] needed =
                [record.Username, record.Authority, record.HomeAccountId, record.TenantId, record.ClientId];
            return needed.All(value => !string.IsNullOrEmpty(value)) ? record : null;
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or System.Text.Json.JsonException
            // Azure.Identity does not check whether a record is complete.
            or InvalidOperationException or ArgumentException or NullReferenceException)
        {
            return null;
        }
    }

    /// <summary>Writes the record. A failure is only a warning, because the token itself is valid.</summary>
    public void Write(AuthenticationRecord user, ICallerContext caller)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            using FileStream file = CreateFile(_path);
            user.Serialize(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            caller.Warning(
                $"The signed-in user couldn't be saved to '{_path}', so the next process prompts again.");
        }
    }

    /// <summary>Creates the file; on Unix with mode 600, so that other users cannot read it.</summary>
    private static FileStream CreateFile(string path)
    {
#if NET
        if (!OperatingSystem.IsWindows())
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
#endif
        return File.Create(path);
    }
}
