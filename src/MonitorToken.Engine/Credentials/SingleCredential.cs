using System.Diagnostics;
using System.Globalization;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// Base class of all credentials for a single identity. Tokens come from the cache until they are due for renewal, the
/// caller's deadline holds whatever happens below, and every failure becomes a <see cref="TokenException"/>.
/// </summary>
internal abstract class SingleCredential(CredentialOptions options) : Credential(options)
{
    /// <summary>The default time limit of credentials that call a service; HttpClient has the same.</summary>
    internal static readonly TimeSpan ServiceLimit = TimeSpan.FromSeconds(100);

    /// <summary>The default time limit of credentials that start a tool. Chosen: the first start is slow.</summary>
    protected static readonly TimeSpan ToolLimit = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How far in the past the issue time of a new token may be. Entra backdates tokens by five minutes.
    /// </summary>
    private static readonly TimeSpan Backdating = TimeSpan.FromMinutes(10);

    /// <summary>How often a request is made if the inputs change in the meantime. Chosen.</summary>
    private const int Rounds = 3;

    protected CredentialOptions Options { get; } = options;

    /// <summary>Why a token may come from another cache, for warnings; null if every token is new.</summary>
    protected virtual string? SourceMemory => null;

    /// <summary>The default time limit; null if a user takes part.</summary>
    protected virtual TimeSpan? Limit => ServiceLimit;

    /// <summary>
    /// A digest of the parameters, beyond tenant and client id, that change who signs in; never a secret.
    /// </summary>
    protected abstract string Fingerprint { get; }

    /// <summary>
    /// Reads the inputs besides the parameters as a snapshot, so that the request and the cache key are made from the
    /// same values.
    /// </summary>
    protected virtual InputReader Inputs => InputReader.None;

    /// <summary>Requests a token from the identity service. May throw any exception.</summary>
    protected abstract Task<AccessToken> AcquireAsync(
        TokenRequest request, CredentialInputs inputs, Waiters waiters, CancellationToken cancellationToken);

    internal sealed override string Identity =>
        field ??= string.Join("\n", Name, AuthorityHost.OriginalString, TenantId, ClientId, Fingerprint);

    internal override bool IsForPeople => CredentialCatalog.Find(Name).IsForPeople;

    internal sealed override string? TryGetKey() => TryReadInputs() is { } inputs ? KeyOf(inputs) : null;

    internal sealed override async Task<string> GetKeyAsync(CancellationToken cancellationToken) =>
        KeyOf(TryReadInputs() ?? await ReadInputsAsync(cancellationToken).ConfigureAwait(false));

    internal override AccessToken? TryGetCached(TokenRequest request) =>
        TryGetKey() is { } key ? TryGetCached(key, request) : null;

    internal override AccessToken? TryGetCached(string key, TokenRequest request) =>
        TokenCache.Process.TryGetFresh(KeyFor(key, request), request) is { } token ? RecordExpiry(token) : null;

    internal override async Task<AccessToken> GetTokenAsync(
        TokenRequest request, ICallerContext caller, CancellationToken cancellationToken)
    {
        TimeSpan? limit = request.Timeout ?? Limit;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (limit is { } time)
            deadline.CancelAfter(time > TimeSpan.Zero ? time : TimeSpan.Zero);

        for (int round = 1; ; round++)
        {
            CredentialInputs inputs = TryReadInputs()
                ?? await ReadInTimeAsync(request, limit, deadline.Token, cancellationToken).ConfigureAwait(false);
            string key = KeyOf(inputs);
            if (TryGetCached(key, request) is { } token)
            {
                caller.Verbose(token.InMemory);
                return token;
            }

            try
            {
                return RecordExpiry(
                    await GetAsync(inputs, key, request, limit, caller, deadline.Token, cancellationToken)
                        .ConfigureAwait(false));
            }
            catch (InputsChangedException) when (round < Rounds)
            {
                caller.Verbose(
                    $"{Name}: the login or its settings changed in the meantime, so the token is requested again.");
            }
            catch (InputsChangedException)
            {
                throw new TokenException(
                    TokenError.CredentialUnavailable,
                    $"{Name}: the login or its settings changed during the request, {Rounds} times in a row.",
                    "Run the command again when the login no longer changes.")
                {
                    CredentialName = Name,
                };
            }
        }
    }

    /// <summary>Returns the current inputs; null if a file would have to be read.</summary>
    protected virtual CredentialInputs? TryReadInputs() => Inputs.TryRead();

    /// <summary>Reads the current inputs.</summary>
    /// <exception cref="TokenException">An input cannot be read or used.</exception>
    protected virtual Task<CredentialInputs> ReadInputsAsync(CancellationToken cancellationToken) =>
        Inputs.ReadAsync(cancellationToken);

    private async Task<CredentialInputs> ReadInTimeAsync(
        TokenRequest request, TimeSpan? limit, CancellationToken deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadInputsAsync(deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw TokenErrors.TimedOut(Name, limit, request.Timeout);
        }
    }

    private async Task<AccessToken> GetAsync(
        CredentialInputs inputs,
        string key,
        TokenRequest request,
        TimeSpan? limit,
        ICallerContext caller,
        CancellationToken deadline,
        CancellationToken cancellationToken)
    {
        CacheKey tokenKey = KeyFor(key, request);
        AccessToken? before = TokenCache.Process.TryGetValid(tokenKey, request with { ForceRefresh = false });
        var ask = new TokenCacheRequest(
            request,
            caller,
            // Even if a user takes part, so that there is no limit, a service cannot make the caller wait for hours.
            WaitTimeout: limit ?? ServiceLimit,
            Limit ?? ServiceLimit,
            InvolvesCaller,
            (flying, waiters, stop) => AcquireOrExplainAsync(flying, inputs, waiters, stop));
        try
        {
            AccessToken token = await TokenCache.Process.GetAsync(tokenKey, ask, deadline).ConfigureAwait(false);
            if (request.Claims is not null)
                TokenCache.Process.ReplaceRejected(tokenKey, token);

            WarnOfShortfalls(token, before, request, caller);
            return token;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (TokenCache.Process.GiveUpRenewal(tokenKey, request) is { } held)
            {
                caller.Warning(
                    $"The token couldn't be renewed within {limit?.TotalSeconds:0.#} seconds, so the cached one is "
                        + $"used until {held.ExpiresOn:u}.");
                return held;
            }

            throw ask.Waiters?.BackoffUntil is { } until
                ? ask.Waiters.BackoffReason ?? TokenErrors.Throttled(AuthorityHost.Host, until, Name)
                : TokenErrors.TimedOut(Name, limit, request.Timeout);
        }
    }

    private async Task<AccessToken> AcquireOrExplainAsync(
        TokenRequest request, CredentialInputs inputs, Waiters waiters, CancellationToken cancellationToken)
    {
        // The libraries parse dates and numbers in the culture of the thread, but services write the invariant culture.
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        using IDisposable? events = waiters.WantsDebug ? LibraryEvents.For(waiters) : null;
        var clock = Stopwatch.StartNew();
        try
        {
            waiters.Progress($"Signing in with {Name}");
            AccessToken token = await AcquireAsync(request, inputs, waiters, cancellationToken).ConfigureAwait(false);
            waiters.Verbose(
                $"{Name} got a token for {token.Resource} in {clock.ElapsedMilliseconds} ms, as "
                    + TextSanitizer.OneLine(token.Identity ?? "an unknown identity")
                    + $", valid until {token.ExpiresOn:u}.");
            return token;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            foreach (Exception inner in TokenErrors.Unwrap(exception))
            {
                if (inner is CallerGoneException or InputsChangedException)
                    throw inner;
            }

            throw TokenErrors.Explain(exception, Name, request, inputs.Certificate?.ExpiresOn);
        }
    }

    /// <summary>Warns if the caller gets less than was requested.</summary>
    private void WarnOfShortfalls(AccessToken token, AccessToken? before, TokenRequest request, ICallerContext caller)
    {
        if (token.ExpiresIn < request.MinimumLifetime)
            caller.Warning(
                $"The token for {token.Resource} is valid for only {Hours(token.ExpiresIn)} hours. -MinimumLifetime "
                    + $"is {Hours(request.MinimumLifetime)}, but no token with a longer lifetime is available. "
                    + $"{SourceMemory ?? "Entra determines the lifetime of its tokens."}");

        bool isOld = (before is not null && Secret.AreSame(token, before))
            || token.IssuedOn < DateTimeOffset.UtcNow - Backdating;
        if (request is { ForceRefresh: true, AnyWillDo: false } && isOld && SourceMemory is not null)
            caller.Warning($"A new token was requested, but {Name} returned a cached one. {SourceMemory}");
    }

    private string KeyOf(CredentialInputs inputs) =>
        inputs.Digest.Length == 0 ? Identity : Identity + "\n" + inputs.Digest;

    private CacheKey KeyFor(string key, TokenRequest request) =>
        new(key, request.ScopeList, request.Claims, Options.TokenCacheName);

    private static string Hours(TimeSpan time) => $"{(long)time.TotalHours:00}:{time:mm\\:ss}";
}
