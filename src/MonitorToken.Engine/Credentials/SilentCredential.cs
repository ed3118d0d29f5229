using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// A user who has signed in before with a named token cache. Never prompts: if the cache cannot provide a token, it
/// fails.
/// </summary>
internal sealed class SilentCredential : SingleCredential
{
    private readonly string _cacheName;

    /// <exception cref="TokenException">The name of the cache is not valid.</exception>
    public SilentCredential(CredentialOptions options)
        : base(options with { TokenCacheName = TokenCacheFiles.CheckName(options.TokenCacheName!) }) =>
        _cacheName = Options.TokenCacheName!;

    public override string Name => "Silent";

    private string SignInAdvice =>
        $"Sign in: specify -Interactive -TokenCacheName {_cacheName} instead of -Silent, or -DeviceCode on a machine "
            + "without a browser.";

    protected override string Fingerprint => string.Join(
        "\n", _cacheName, Options.LoginHint, Options.AllowUnencryptedTokenCache.ToString());

    /// <summary>
    /// Always null: which account has signed in is in files, which another process may change at any time.
    /// </summary>
    protected override CredentialInputs? TryReadInputs() => null;

    protected override async Task<CredentialInputs> ReadInputsAsync(CancellationToken cancellationToken) =>
        InputsOf(await FindAccountAsync(cancellationToken).ConfigureAwait(false));

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, CredentialInputs inputs, Waiters waiters, CancellationToken cancellationToken)
    {
        TokenTransport transport = TokenTransport.ToAuthority(Options, Name, waiters);
        await transport.ValidateAuthorityAsync(cancellationToken).ConfigureAwait(false);
        AuthenticationRecord? account = null;
        try
        {
            // In this order, because deleting the cache closes it once it is open.
            PersistentTokenCache cache = await PersistentTokenCache
                .OpenAsync(_cacheName, Options.AllowUnencryptedTokenCache, cancellationToken).ConfigureAwait(false);
            account = await FindAccountAsync(cancellationToken).ConfigureAwait(false);
            if (InputsOf(account).Digest != inputs.Digest)
                throw new InputsChangedException();

            TokenCredential credential = Create(account, cache, transport);
            // Azure.Identity has no force refresh; only claims bypass MSAL's cache.
            string? claims = request.Claims ?? (request.Renews ? "{}" : null);
            var context = new TokenRequestContext([.. request.Scopes], claims: claims, tenantId: TenantId);
            Azure.Core.AccessToken token =
                await credential.GetTokenAsync(context, cancellationToken).ConfigureAwait(false);
            return AccessTokenFactory.Create(
                token.Token, token.ExpiresOn, token.RefreshOn, request, this, waiters);
        }
        catch (AuthenticationRequiredException) when (account is not null)
        {
            throw new TokenException(
                TokenError.InteractionRequired,
                $"The sign-in of {account.Username} in the token cache '{_cacheName}' has expired, or doesn't cover "
                    + $"{request.Resource}.",
                SignInAdvice)
            {
                CredentialName = Name,
                Claims = request.Claims,
            };
        }
        catch (Exception exception) when (PersistentTokenCache.Explain(exception, _cacheName, Name) is { } failure)
        {
            throw failure;
        }
    }

    private static CredentialInputs InputsOf(AuthenticationRecord account) => CredentialInputs.None.With(
        string.Join("\n", account.HomeAccountId, account.ClientId, account.TenantId, account.Authority));

    private InteractiveBrowserCredential Create(
        AuthenticationRecord account, PersistentTokenCache cache, TokenTransport transport) =>
        new(transport.Configure(new InteractiveBrowserCredentialOptions
        {
            DisableInstanceDiscovery = true,
            TenantId = TenantId ?? account.TenantId,
            ClientId = account.ClientId,
            AuthenticationRecord = account,
            DisableAutomaticAuthentication = true,
            TokenCachePersistenceOptions = cache,
        }));

    /// <summary>Finds the account that has signed in and matches the parameters.</summary>
    /// <exception cref="TokenException">There is none, or more than one.</exception>
    private async Task<AuthenticationRecord> FindAccountAsync(CancellationToken cancellationToken)
    {
        AuthenticationRecord[] records =
            await SignInRecord.ReadAllAsync(_cacheName, cancellationToken).ConfigureAwait(false);
        AuthenticationRecord[] matches =
        [
            .. records.Where(record =>
                    IsSame(record.Authority, AuthorityHost.Host)
                    && (ClientId is null || IsSame(record.ClientId, ClientId))
                    && (Options.LoginHint is null || IsSame(record.Username, Options.LoginHint)))
                .GroupBy(record => (record.HomeAccountId, record.ClientId, TenantId ?? record.TenantId))
                .Select(same => same.First()),
        ];
        string[] names = [.. matches.Select(record => record.Username).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (matches.Length == 1)
            return matches[0];
        if (matches.Length == 0)
            throw TokenErrors.Unavailable(
                Name,
                records.Length == 0
                    ? $"No user has signed in with the token cache '{_cacheName}'."
                    : $"No user who matches the parameters has signed in with the token cache '{_cacheName}', only "
                        + $"{string.Join(", ", records.Select(record => record.Username).Distinct())}.",
                SignInAdvice);

        throw new TokenException(
            TokenError.InvalidOption,
            $"More than one sign-in in the token cache '{_cacheName}' matches: {string.Join(", ", names)}.",
            names.Length > 1 ? "Specify one of them with -LoginHint."
            : matches.Select(record => record.ClientId).Distinct().Count() > 1
                ? "Specify the application with -ClientId."
                : "Specify the tenant with -TenantId.")
        {
            CredentialName = Name,
        };
    }

    private static bool IsSame(string one, string other) =>
        string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
