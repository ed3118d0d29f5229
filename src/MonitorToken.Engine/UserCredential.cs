using System.Collections.Concurrent;
using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine;

/// <summary>
/// A person who signs in. The library's object is kept for the process: it holds what it takes to get tokens for
/// further resources without asking again. With a named cache the same goes for later processes.
/// </summary>
internal abstract class UserCredential : EntraCredential
{
    private static readonly ConcurrentDictionary<string, Session> Sessions = new(StringComparer.Ordinal);

    private readonly RememberedUser? _remembered;

    protected UserCredential(CredentialOptions options)
        : base(options)
    {
        if (options.TokenCacheName is not null)
            _remembered = new RememberedUser(options);
    }

    protected override string Fingerprint => string.Join(
        "\n", Options.LoginHint, Options.RedirectUri?.OriginalString, Options.TokenCacheName, Options.AllowUnencryptedTokenCache.ToString());

    /// <summary>Makes the library's credential.</summary>
    /// <param name="user">Who has signed in before; null if nobody has.</param>
    /// <param name="cache">Where to keep what later processes need; null for nowhere.</param>
    /// <param name="caller">Whoever is waiting at the time: the credential lives longer than one caller.</param>
    protected abstract TokenCredential Create(AuthenticationRecord? user, TokenCachePersistenceOptions? cache, ICaller caller);

    /// <summary>Has the person sign in, and tells who it was.</summary>
    protected abstract Task<AuthenticationRecord> SignInAsync(TokenCredential credential, TokenRequestContext context, CancellationToken cancellationToken);

    protected sealed override async Task<AccessToken> AcquireAsync(TokenRequest request, ICaller caller, CancellationToken cancellationToken)
    {
        Session session = Sessions.GetOrAdd(CacheKey, _ => new Session());
        // One dialog at a time: whoever comes second finds the person signed in.
        await session.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            session.Now = caller;
            session.User ??= _remembered?.Read();
            session.Credential ??= Create(session.User, Cache(), session);
            // The library has a memory of its own; claims are the one thing that makes it ask again.
            string? claims = request.Claims ?? (request.Renews && session.User is not null ? "{}" : null);
            if (session.User is null)
                await SignInAsync().ConfigureAwait(false);

            Azure.Core.AccessToken token;
            try
            {
                token = await session.Credential.GetTokenAsync(Context(request, claims), cancellationToken).ConfigureAwait(false);
            }
            catch (AuthenticationRequiredException)
            {
                await SignInAsync().ConfigureAwait(false);
                token = await session.Credential.GetTokenAsync(Context(request, request.Claims), cancellationToken).ConfigureAwait(false);
            }

            return AccessTokens.From(token, request, this, caller);
        }
        finally
        {
            session.Gate.Release();
        }

        async Task SignInAsync()
        {
            session.User = await this.SignInAsync(session.Credential!, Context(request, request.Claims), cancellationToken).ConfigureAwait(false);
            _remembered?.Write(session.User, caller);
        }
    }

    private TokenRequestContext Context(TokenRequest request, string? claims) => new([.. request.Scopes], claims: claims, tenantId: TenantId);

    private TokenCachePersistenceOptions? Cache() => Options.TokenCacheName is { } name
        ? new TokenCachePersistenceOptions { Name = name, UnsafeAllowUnencryptedStorage = Options.AllowUnencryptedTokenCache }
        : null;

    /// <summary>What lasts from one token to the next; for the library's credential it stands for whoever is waiting.</summary>
    private sealed class Session : ICaller
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public ICaller Now { get; set; } = null!;

        public TokenCredential? Credential { get; set; }

        public AuthenticationRecord? User { get; set; }

        public string? AzContext => Now.AzContext;

        public void Verbose(string text) => Now.Verbose(text);

        public void Warning(string text) => Now.Warning(text);

        public void Progress(string activity, DateTimeOffset? until = null) => Now.Progress(activity, until);

        public void Show(string text) => Now.Show(text);

        public Task<string> RunAsync(Func<string> script) => Now.RunAsync(script);

        public Task<SessionToken?> AskAzAccountsAsync(string resource, string? tenantId) => Now.AskAzAccountsAsync(resource, tenantId);
    }
}
