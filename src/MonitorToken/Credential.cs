namespace MonitorToken;

/// <summary>A reusable credential. Formatting or serializing it never reveals a secret.</summary>
public abstract class Credential
{
    /// <summary>
    /// In UTC ticks; zero before the first token. Only the time is kept, so that clearing the cache removes the token.
    /// </summary>
    private long _tokenExpiresOn;

    private protected Credential(CredentialOptions options)
    {
        TenantId = options.TenantId;
        ClientId = options.ClientId;
        Authority = options.Authority;
    }

    /// <summary>The kind of credential, such as <c>ClientSecret</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The tenant to sign in to; null for the identity's home tenant.</summary>
    public string? TenantId { get; private protected init; }

    /// <summary>The client id of the application or managed identity; null if the credential implies it.</summary>
    public string? ClientId { get; private protected init; }

    /// <summary>The authority host that tokens are requested from.</summary>
    public Uri AuthorityHost => Authority.Host;

    /// <summary>The name of the cloud that the authority host belongs to; null for a private one.</summary>
    public string? Environment => Cloud?.Name;

    internal AzureEnvironment? Cloud => Authority.Environment;

    internal Authority Authority { get; }

    /// <summary>When the credential's certificate expires, in UTC; null if it has no certificate.</summary>
    public virtual DateTimeOffset? CertificateExpiresOn => null;

    /// <summary>When the last token of this credential expires, in UTC; null before the first token.</summary>
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
    /// Whether a chain stops with the error of this credential if it is configured but fails. What was configured
    /// deliberately must not be skipped silently; a developer tool that is merely logged out can be.
    /// </summary>
    internal virtual bool FailureEndsChain => true;

    /// <summary>
    /// How long a chain waits for this credential before it also starts the following members, for a credential whose
    /// absence only a timeout can reveal; null if it reports its absence at once. The order of the chain still decides
    /// whose token is used.
    /// </summary>
    internal virtual TimeSpan? ParallelStartDelay => null;

    /// <summary>
    /// Whether the credential prompts, opens a browser, runs code of the caller, or consumes a single-use input. Such a
    /// credential is started only when its turn comes, and never to renew a token in the background.
    /// </summary>
    internal virtual bool InvolvesCaller => false;

    /// <summary>Whether a user signs in, now or earlier, so that the token is most likely a user's.</summary>
    internal abstract bool IsForPeople { get; }

    /// <summary>
    /// The part of the cache key that the parameters determine: who signs in, and where. Never a secret.
    /// </summary>
    internal abstract string Identity { get; }

    /// <summary>
    /// The cache key: <see cref="Identity"/> and the current values of environment variables and other inputs; null if
    /// a file would have to be read for it. Opens no file.
    /// </summary>
    internal abstract string? TryGetKey();

    /// <summary>
    /// The cache key: <see cref="Identity"/> and the current values of environment variables, files and other inputs.
    /// </summary>
    /// <exception cref="TokenException">An input is invalid or cannot be read.</exception>
    internal abstract Task<string> GetKeyAsync(CancellationToken cancellationToken);

    /// <summary>
    /// A cached token that is not due for renewal yet; null if there is none. Sends nothing, opens no file and waits
    /// for no other thread, because nearly every call ends here, on the pipeline thread.
    /// </summary>
    internal abstract AccessToken? TryGetCached(TokenRequest request);

    /// <summary>Like <see cref="TryGetCached(TokenRequest)"/>, for a key that is already known.</summary>
    internal abstract AccessToken? TryGetCached(string key, TokenRequest request);

    /// <summary>
    /// Opens the certificate, if the credential has one, so that its errors surface before the first token request.
    /// </summary>
    /// <exception cref="TokenException">The certificate cannot be found, read or used.</exception>
    internal virtual Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Gets a token, from the cache or from the identity service.</summary>
    /// <exception cref="TokenException">No token could be obtained.</exception>
    internal abstract Task<AccessToken> GetTokenAsync(
        TokenRequest request,
        ICallerContext caller,
        CancellationToken cancellationToken);
}
