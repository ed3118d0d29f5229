using System.Collections.Concurrent;
using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// A user who signs in. Azure.Identity's credential is cached for the process: it holds the refresh token, with which
/// tokens for further resources need no new sign-in. With a named cache, neither do later processes.
/// </summary>
internal abstract class UserCredential : SingleCredential
{
    private static readonly ConcurrentDictionary<string, Session> Sessions = new(StringComparer.Ordinal);

    private readonly SignInRecord? _remembered;

    /// <exception cref="TokenException">The token cache cannot have that name.</exception>
    protected UserCredential(CredentialOptions options)
        : base(options.TokenCacheName is { } name
            ? options with { TokenCacheName = TokenCacheFiles.CheckName(name) }
            : options)
    {
        if (Options.TokenCacheName is not null)
            _remembered = new SignInRecord(Options);
    }

    /// <summary>A user is asked to sign in, and only while a caller waits for it.</summary>
    internal override bool InvolvesCaller => true;

    protected override TimeSpan? Limit => null;

    protected override string Fingerprint => string.Join(
        "\n",
        Options.LoginHint,
        Options.RedirectUri?.OriginalString,
        Options.TokenCacheName,
        Options.AllowUnencryptedTokenCache.ToString());

    /// <summary>Creates Azure.Identity's credential.</summary>
    /// <param name="user">The user who has signed in before; null if none has.</param>
    /// <param name="cache">The persistent cache for later processes; null for none.</param>
    /// <param name="transport">Makes its requests.</param>
    /// <param name="waiters">The callers that are waiting; the credential lives longer than one caller.</param>
    protected abstract TokenCredential Create(
        AuthenticationRecord? user,
        TokenCachePersistenceOptions? cache,
        TokenTransport transport,
        Waiters waiters);

    /// <summary>Has the user sign in, and returns who it was.</summary>
    protected abstract Task<AuthenticationRecord> SignInAsync(
        TokenCredential credential,
        TokenRequestContext context,
        CancellationToken cancellationToken);

    /// <summary>Forgets all sign-ins. A sign-in that is in progress is not disturbed.</summary>
    public static void Forget() => Sessions.Clear();

    /// <summary>
    /// Forgets the sign-ins of one named cache, which was deleted: one that is in progress writes nothing to it.
    /// </summary>
    public static void Forget(string tokenCacheName)
    {
        foreach (KeyValuePair<string, Session> session in Sessions)
        {
            if (session.Value.TokenCacheName == tokenCacheName)
            {
                Sessions.TryRemove(session.Key, out _);
                session.Value.Close();
            }
        }
    }

    protected sealed override async Task<AccessToken> AcquireAsync(
        TokenRequest request, CredentialInputs inputs, Waiters waiters, CancellationToken cancellationToken)
    {
        Session session = Sessions.GetOrAdd(Identity, _ => new Session(Options.TokenCacheName));
        // One dialog at a time: the second caller finds the user signed in.
        await session.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        Waiters.Waiter present = session.Waiters.Join(waiters, waiters.RemainingTime);
        try
        {
            session.User ??= _remembered?.Read();
            TokenTransport transport = session.TokenTransport ??= TokenTransport.ToAuthority(
                Options, Name, session.Waiters);
            await transport.ValidateAuthorityAsync(cancellationToken).ConfigureAwait(false);
            if (session.Credential is null)
            {
                if (Options.TokenCacheName is { } cacheName)
                    session.Cache ??= await PersistentTokenCache
                        .OpenAsync(cacheName, Options.AllowUnencryptedTokenCache, cancellationToken)
                        .ConfigureAwait(false);
                session.Credential = Create(session.User, session.Cache, transport, session.Waiters);
            }

            // Azure.Identity has no force refresh; only claims bypass MSAL's cache.
            string? claims = request.Claims ?? (request.Renews && session.User is not null ? "{}" : null);
            if (session.User is null && request.ForbidsPrompt)
                throw new AuthenticationRequiredException("No user is signed in.", Context(request, claims));
            if (session.User is null)
                await SignInAsync().ConfigureAwait(false);

            Azure.Core.AccessToken token;
            try
            {
                token = await session.Credential.GetTokenAsync(Context(request, claims), cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (AuthenticationRequiredException) when (!request.ForbidsPrompt)
            {
                await SignInAsync().ConfigureAwait(false);
                token = await session.Credential.GetTokenAsync(Context(request, request.Claims), cancellationToken)
                    .ConfigureAwait(false);
            }

            return AccessTokenFactory.Create(token.Token, token.ExpiresOn, token.RefreshOn, request, this, waiters);
        }
        catch (Exception exception) when (
            Options.TokenCacheName is { } name && PersistentTokenCache.Explain(exception, name, Name) is not null)
        {
            throw PersistentTokenCache.Explain(exception, name, Name)!;
        }
        finally
        {
            session.Waiters.Leave(present);
            session.Gate.Release();
        }

        async Task SignInAsync()
        {
            session.User = await this.SignInAsync(
                session.Credential!,
                Context(request, request.Claims),
                cancellationToken).ConfigureAwait(false);
            if (_remembered is not null)
                await session.Cache!.WriteAsync(() => _remembered.Write(session.User, waiters), cancellationToken)
                    .ConfigureAwait(false);
        }
    }

    private TokenRequestContext Context(TokenRequest request, string? claims) =>
        new([.. request.Scopes], claims: claims, tenantId: TenantId);

    /// <summary>What is reused from one token to the next.</summary>
    private sealed class Session(string? tokenCacheName)
    {
        private volatile bool _isClosed;

        public string? TokenCacheName { get; } = tokenCacheName;

        public SemaphoreSlim Gate { get; } = new(1);

        /// <summary>The callers that are waiting; Azure.Identity's credential lives longer than they do.</summary>
        public Waiters Waiters { get; } = new(TimeProvider.System);

        public TokenTransport? TokenTransport { get; set; }

        public TokenCredential? Credential { get; set; }

        public AuthenticationRecord? User { get; set; }

        public PersistentTokenCache? Cache
        {
            get;
            set
            {
                field = value;
                if (_isClosed)
                    value?.Close();
            }
        }

        public void Close()
        {
            _isClosed = true;
            Cache?.Close();
        }
    }
}
