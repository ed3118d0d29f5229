namespace MonitorToken;

/// <summary>How a persistent token cache is protected from other users of the machine.</summary>
public enum TokenCacheProtection
{
    /// <summary>Stored as plain text, as -AllowUnencryptedTokenCache permits.</summary>
    None,

    /// <summary>Encrypted by the Windows Data Protection API for the current user.</summary>
    Dpapi,

    /// <summary>Stored in the macOS Keychain.</summary>
    Keychain,

    /// <summary>Stored in a Linux keyring (libsecret).</summary>
    Keyring,
}

/// <summary>A persistent token cache of -TokenCacheName; contains no token.</summary>
public sealed class TokenCacheInfo
{
    internal TokenCacheInfo()
    {
    }

    /// <summary>The name, in lower case.</summary>
    public required string Name { get; init; }

    /// <summary>The user names of the accounts that have signed in.</summary>
    public required IReadOnlyList<string> Accounts { get; init; }

    /// <summary>How the tokens are protected; null if the cache contains no tokens.</summary>
    public TokenCacheProtection? Protection { get; init; }

    /// <summary>
    /// The path of the file with the tokens. The file is empty if a keychain or keyring holds the tokens.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>When the first of the accounts signed in, in UTC.</summary>
    public required DateTimeOffset CreatedOn { get; init; }

    /// <summary>When a token or an account was last stored, in UTC.</summary>
    public required DateTimeOffset LastWrittenOn { get; init; }

    /// <summary>Returns the name.</summary>
    public override string ToString() => Name;
}
