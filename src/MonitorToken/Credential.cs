namespace MonitorToken;

/// <summary>A way of signing in that can be used again and again. Nothing that renders it shows a secret.</summary>
public abstract class Credential
{
    /// <summary>In ticks of UTC; zero before the first token. The token itself belongs to the cache alone.</summary>
    private long _tokenExpiresOn;

    private protected Credential(CredentialOptions options)
    {
        TenantId = options.TenantId;
        ClientId = options.ClientId;
        AuthorityHost = options.Authority.Host;
        Environment = options.Authority.Environment;
    }

    /// <summary>How it signs in, such as <c>ClientSecret</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The tenant to sign in to; null for the identity's own.</summary>
    public string? TenantId { get; private protected init; }

    /// <summary>The application or managed identity; null where the way of signing in implies it.</summary>
    public string? ClientId { get; private protected init; }

    /// <summary>Where tokens are asked for.</summary>
    public Uri AuthorityHost { get; }

    /// <summary>The cloud that the authority belongs to; null for a private one.</summary>
    public AzureEnvironment? Environment { get; }

    /// <summary>When the certificate that it signs in with expires, in UTC; null where there is none.</summary>
    public virtual DateTimeOffset? CertificateExpiresOn => null;

    /// <summary>When the last token that it got expires, in UTC; null before the first one.</summary>
    public DateTimeOffset? TokenExpiresOn =>
        Volatile.Read(ref _tokenExpiresOn) is > 0 and long ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    private protected AccessToken RecordExpiry(AccessToken token)
    {
        Volatile.Write(ref _tokenExpiresOn, token.ExpiresOn.UtcTicks);
        return token;
    }

    /// <summary>Returns the name.</summary>
    public override string ToString() => Name;

    /// <summary>
    /// A token that is in memory and need not be renewed yet; null if there is none. Sends nothing and waits for no
    /// other thread, so that the way of nearly every call is a short one.
    /// </summary>
    internal abstract AccessToken? TryGetCached(TokenRequest request);

    /// <summary>A token, from memory or from the identity service.</summary>
    /// <exception cref="TokenException">There is none to be had; says why.</exception>
    internal abstract Task<AccessToken> GetTokenAsync(
        TokenRequest request,
        ICallerContext caller,
        CancellationToken cancellationToken);
}
