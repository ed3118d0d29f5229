using System.Collections.Concurrent;
using Azure.Core;
using Azure.Identity;
using Microsoft.Identity.Client;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// A person who signs in. The library's object is kept for the process: it holds what it takes to get tokens for
/// further resources without asking again. With a named cache the same goes for later processes.
/// </summary>
internal abstract class UserCredential : SingleCredential
{
    private static readonly ConcurrentDictionary<string, Session> Sessions = new(StringComparer.Ordinal);

    private readonly SignInRecord? _remembered;

    /// <exception cref="TokenException">The token cache cannot be called that.</exception>
    protected UserCredential(CredentialOptions options)
        : base(options.TokenCacheName is { } name
            ? options with { TokenCacheName = TokenCacheFiles.CheckName(name) }
            : options)
    {
        if (Options.TokenCacheName is not null)
            _remembered = new SignInRecord(Options);
    }

    /// <summary>A person is asked to sign in, and that only while somebody waits for it.</summary>
    internal override bool InvolvesCaller => true;

    protected override TimeSpan? Limit => null;

    protected override string Fingerprint => string.Join(
        "\n",
        Options.LoginHint,
        Options.RedirectUri?.OriginalString,
        Options.TokenCacheName,
        Options.AllowUnencryptedTokenCache.ToString());

    /// <summary>Makes the library's credential.</summary>
    /// <param name="user">Who has signed in before; null if nobody has.</param>
    /// <param name="cache">Where to keep what later processes need; null for nowhere.</param>
    /// <param name="transport">Makes its requests.</param>
    /// <param name="waiters">Whoever is waiting at the time: the credential lives longer than one caller.</param>
    protected abstract TokenCredential Create(
        AuthenticationRecord? user,
        TokenCachePersistenceOptions? cache,
        TokenTransport transport,
        Waiters waiters);

    /// <summary>Has the person sign in, and tells who it was.</summary>
    protected abstract Task<AuthenticationRecord> SignInAsync(
        TokenCredential credential,
        TokenRequestContext context,
        CancellationToken cancellationToken);

    /// <summary>Forgets who has signed in. Whoever is signing in now is not disturbed.</summary>
    public static void Forget() => Sessions.Clear();

    /// <summary>
    /// The same for those of one named cache, which was deleted: what they are doing now leaves nothing in it.
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
        // One dialog at a time: whoever comes second finds the person signed in.
        await session.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        Waiters.Waiter present = session.Waiters.Join(waiters, waiters.RemainingTime);
        try
        {
            session.User ??= _remembered?.Read();
            TokenTransport transport = session.TokenTransport ??= TokenTransport.ToAuthority(
                Options, Name, session.Waiters);
            await transport.ValidateAuthorityAsync(cancellationToken).ConfigureAwait(false);
            session.Credential ??= Create(session.User, OpenCache(session), transport, session.Waiters);
            // The library has a memory of its own; claims are the one thing that makes it ask again.
            string? claims = request.Claims ?? (request.Renews && session.User is not null ? "{}" : null);
            if (session.User is null)
                await SignInAsync().ConfigureAwait(false);

            Azure.Core.AccessToken token;
            try
            {
                token = await session.Credential.GetTokenAsync(Context(request, claims), cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (AuthenticationRequiredException)
            {
                await SignInAsync().ConfigureAwait(false);
                token = await session.Credential.GetTokenAsync(Context(request, request.Claims), cancellationToken)
                    .ConfigureAwait(false);
            }

            return AccessTokenFactory.Create(token.Token, token.ExpiresOn, token.RefreshOn, request, this, waiters);
        }
        catch (Exception exception) when (Options.TokenCacheName is { } name && IsUnreadableCache(exception))
        {
            throw new TokenException(
                TokenError.TokenCacheUnavailable,
                $"The token cache '{name}' on this machine is damaged.",
                $"Delete it with Clear-MonitorTokenCache -Name {name}, and sign in again.")
            {
                CredentialName = Name,
            };
        }
        catch (Exception exception) when (Options.TokenCacheName is { } name && MayNotWrite(exception))
        {
            throw new TokenException(
                TokenError.TokenCacheUnavailable,
                $"The token cache '{name}' cannot be kept: '{TokenCacheFiles.Folder}' cannot be written to by this "
                    + "user, is in use, or is full.",
                Path.DirectorySeparatorChar == '/'
                    ? "Leave -TokenCacheName out, or set HOME to a folder of this user's own."
                    : "Leave -TokenCacheName out, or make the folder writable for this user.")
            {
                CredentialName = Name,
            };
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

    /// <summary>Answers are judged before the library sees them, so what it cannot parse is what it has kept.</summary>
    private static bool IsUnreadableCache(Exception exception) =>
        TokenErrors.Unwrap(
            exception).OfType<MsalClientException>().Any(msal => msal.ErrorCode == MsalError.JsonParseError);

    /// <summary>What the network does is told by ours, so what is left is the disk.</summary>
    private static bool MayNotWrite(Exception exception)
    {
        Exception[] chain = [.. TokenErrors.Unwrap(exception)];
        return !chain.OfType<TokenException>().Any()
            && chain.Any(inner => inner is UnauthorizedAccessException or IOException);
    }

    private TokenRequestContext Context(TokenRequest request, string? claims) =>
        new([.. request.Scopes], claims: claims, tenantId: TenantId);

    private PersistentTokenCache? OpenCache(Session session) => session.Cache ??= Options.TokenCacheName is { } name
        ? PersistentTokenCache.Open(name, Options.AllowUnencryptedTokenCache)
        : null;

    /// <summary>What lasts from one token to the next.</summary>
    private sealed class Session(string? tokenCacheName)
    {
        private volatile bool _isClosed;

        public string? TokenCacheName { get; } = tokenCacheName;

        public SemaphoreSlim Gate { get; } = new(1);

        /// <summary>Whoever is waiting at the time; the library's credential lives longer than they do.</summary>
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
