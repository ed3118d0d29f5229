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
    /// Whether a chain must stop when this way of signing in is set up but fails. What someone configured
    /// on purpose must not be passed over in silence; a developer's tool that is merely logged out may be.
    /// </summary>
    internal virtual bool FailureEndsChain => true;

    /// <summary>
    /// How long it has to itself before the rest of a chain gets going as well, where it may only be found out by waiting
    /// that it is not set up here; null where that is told at once. The order still decides.
    /// </summary>
    internal virtual TimeSpan? ParallelStartDelay => null;

    /// <summary>
    /// Whether it shows, opens or runs something of the caller's, or uses up what it was given. Such a one is begun
    /// only when it is needed, and never in the background.
    /// </summary>
    internal virtual bool InvolvesCaller => false;

    /// <summary>Whether a person takes part in it, or has before: what it gives is most likely that person's token.</summary>
    internal abstract bool IsForPeople { get; }

    /// <summary>Who signs in and where, as far as the parameters say; never a secret.</summary>
    internal abstract string Identity { get; }

    /// <summary>
    /// The identity, and the inputs beside the parameters as they are now; null where a file has to be read for that.
    /// Opens no file.
    /// </summary>
    internal abstract string? TryGetKey();

    /// <summary>The identity, and the inputs beside the parameters as they are now.</summary>
    /// <exception cref="TokenException">An input cannot be used.</exception>
    internal abstract Task<string> GetKeyAsync(CancellationToken cancellationToken);

    /// <summary>
    /// A token that is in memory and need not be renewed yet; null if there is none. Sends nothing, opens no file and
    /// waits for no other thread, so that the way of nearly every call is a short one.
    /// </summary>
    internal abstract AccessToken? TryGetCached(TokenRequest request);

    /// <summary>The same, where the key is known.</summary>
    internal abstract AccessToken? TryGetCached(string key, TokenRequest request);

    /// <summary>Reads what it is going to sign in with, so that an error in that is found before the first token.</summary>
    /// <exception cref="TokenException">It cannot be found, read or used.</exception>
    internal virtual Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A token, from memory or from the identity service.</summary>
    /// <exception cref="TokenException">There is none to be had; says why.</exception>
    internal abstract Task<AccessToken> GetTokenAsync(
        TokenRequest request,
        ICallerContext caller,
        CancellationToken cancellationToken);
}
