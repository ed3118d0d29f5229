namespace MonitorToken.Engine;

/// <summary>
/// What every way of signing in shares: tokens come from the cache while they are fresh, the caller's
/// deadline holds whatever happens below, and whatever fails is reported as a <see cref="TokenException"/>.
/// </summary>
internal abstract class EntraCredential(CredentialOptions options) : Credential(options)
{
    /// <summary>
    /// Whether a chain must stop when this way of signing in is set up but fails. What someone configured
    /// on purpose must not be passed over in silence; a developer's tool that is merely logged out may be.
    /// </summary>
    internal virtual bool FailureEndsChain => true;

    /// <summary>Whether it may only be found out by waiting that this way of signing in is not set up here.</summary>
    internal virtual bool MayBeSilent => false;

    /// <summary>Everything that changes who signs in and where, as far as the credential itself knows.</summary>
    internal string CacheKey =>
        string.Join("\n", Name, AuthorityHost.OriginalString, TenantId, ClientId, Fingerprint);

    protected CredentialOptions Options { get; } = options;

    /// <summary>
    /// A digest of what changes who signs in, beyond tenant and client id; never the secret itself. What is looked up
    /// anew for each request, such as a variable, has to be looked up anew for this too.
    /// </summary>
    protected abstract string Fingerprint { get; }

    /// <summary>Everything that changes who signs in and where, with what only the session knows.</summary>
    internal virtual string KeyFor(ICaller caller) => CacheKey;

    /// <summary>Asks the identity service. Any exception may come out of it.</summary>
    protected abstract Task<AccessToken> AcquireAsync(TokenRequest request, ICaller caller, CancellationToken cancellationToken);

    internal sealed override async Task<AccessToken> GetTokenAsync(TokenRequest request, ICaller caller, CancellationToken cancellationToken)
    {
        string key = KeyFor(caller) + "\n" + string.Join(" ", request.Scopes) + "\n" + request.Claims;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (request.Timeout is { } timeout)
            deadline.CancelAfter(timeout);

        try
        {
            AccessToken token = await TokenCache.Process.GetAsync(
                key,
                request,
                AcquireOrExplainAsync,
                caller,
                deadline.Token).ConfigureAwait(false);

            TokenExpiresOn = token.ExpiresOn;
            if (token.ExpiresIn < request.MinimumLifetime)
                caller.Warning(
                    $"The token for {token.Resource} is valid for {Hours(token.ExpiresIn)} hours only: the identity service gives none that reaches the {Hours(request.MinimumLifetime)} asked for. Managed identity tokens are kept on Azure's side for up to 24 hours.");
            return token;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (TokenCache.Process.Held(key, request) is { } held)
            {
                caller.Warning($"The token was not renewed within {request.Timeout?.TotalSeconds:0.#} seconds, so the one in memory is used until {held.ExpiresOn:u}.");
                return held;
            }

            throw new TokenException(
                TokenError.Timeout,
                $"{Name} had no token within {request.Timeout?.TotalSeconds:0.#} seconds.",
                "Give it longer with -TimeoutSec, or see with -Verbose what it was waiting for.")
            {
                CredentialName = Name,
            };
        }
    }

    private static string Hours(TimeSpan time) => $"{(long)time.TotalHours:00}:{time:mm\\:ss}";

    private async Task<AccessToken> AcquireOrExplainAsync(TokenRequest request, ICaller caller, CancellationToken cancellationToken)
    {
        try
        {
            caller.Progress($"Signing in with {Name}");
            AccessToken token = await AcquireAsync(request, caller, cancellationToken).ConfigureAwait(false);
            caller.Verbose($"{Name} got a token for {token.Resource}, as {token.Identity ?? "an identity that the token does not tell"}, valid until {token.ExpiresOn:u}.");
            return token;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (Failure.Unfold(exception).OfType<CallerGoneException>().Any())
                throw new CallerGoneException();

            throw Failure.Explain(exception, Name, request);
        }
    }
}
