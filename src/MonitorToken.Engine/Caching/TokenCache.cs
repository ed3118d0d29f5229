using System.Collections.Concurrent;

namespace MonitorToken.Engine.Caching;

/// <summary>
/// The in-memory token cache of this process. Callers in any number of runspaces that need the same token at the same
/// time share one request (single flight), which is canceled only when the last of them stops waiting. Thread-safe.
/// </summary>
/// <param name="time">The source of time; replaced by tests.</param>
internal sealed class TokenCache(TimeProvider time)
{
    private readonly ConcurrentDictionary<CacheKey, CacheEntry> _entries = new();

    /// <summary>The cache that all credentials of this process share.</summary>
    public static TokenCache Process { get; } = new(TimeProvider.System);

    /// <summary>Returns the token in memory if it is not due for renewal yet; otherwise null.</summary>
    public AccessToken? TryGetFresh(CacheKey key, TokenRequest request) =>
        _entries.TryGetValue(key, out CacheEntry? entry) ? entry.TryGetFresh(request) : null;

    /// <summary>
    /// Returns the token in memory if it is valid for the request, even if it is due for renewal; otherwise null.
    /// </summary>
    public AccessToken? TryGetValid(CacheKey key, TokenRequest request) =>
        _entries.TryGetValue(key, out CacheEntry? entry) ? entry.TryGetValid(request) : null;

    /// <summary>Returns the token from memory, or acquires a new one.</summary>
    /// <param name="key">The cache key.</param>
    /// <param name="request">The caller's request.</param>
    /// <param name="cancellationToken">Ends the wait of this caller.</param>
    /// <exception cref="TokenException">No token could be acquired.</exception>
    public async Task<AccessToken> GetAsync(
        CacheKey key, TokenCacheRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_entries.TryGetValue(key, out CacheEntry? entry))
            {
                RemoveUnused();
                entry = _entries.GetOrAdd(key, _ => new CacheEntry(time));
            }

            // Null means that the entry was removed from the cache before it was used.
            if (await entry.GetAsync(request, cancellationToken).ConfigureAwait(false) is { } token)
                return token;
        }
    }

    /// <summary>
    /// Returns the token in memory to a caller whose deadline is near, and holds back the next renewal. Null if there
    /// is no token that is valid for the request.
    /// </summary>
    public AccessToken? GiveUpRenewal(CacheKey key, TokenRequest request) =>
        _entries.TryGetValue(key, out CacheEntry? entry) ? entry.GiveUpRenewal(request) : null;

    /// <summary>
    /// Stores a token that answers a claims challenge instead of the one without claims, which the service rejects.
    /// Does nothing if the token was removed from the cache in the meantime.
    /// </summary>
    /// <param name="withClaims">The cache key of the token that answers the challenge.</param>
    /// <param name="token">That token.</param>
    public void ReplaceRejected(CacheKey withClaims, AccessToken token)
    {
        if (!_entries.TryGetValue(withClaims, out CacheEntry? source) || !source.Has(token))
            return;

        CacheKey key = withClaims with { Claims = null };
        while (!_entries.GetOrAdd(key, _ => new CacheEntry(time)).Put(token))
        {
        }
    }

    /// <summary>
    /// Removes all tokens. Requests in flight still complete for their callers, but their tokens are not stored.
    /// </summary>
    /// <param name="tokenCacheName">Only tokens of this persistent cache; null for all.</param>
    /// <returns>The number of valid tokens that were removed.</returns>
    public int Clear(string? tokenCacheName = null)
    {
        int tokens = 0;
        foreach (KeyValuePair<CacheKey, CacheEntry> entry in _entries)
        {
            if (tokenCacheName is not null && entry.Key.TokenCacheName != tokenCacheName)
                continue;

            tokens += entry.Value.HasToken ? 1 : 0;
            entry.Value.Retire(onlyIfUnused: false);
            Remove(entry);
        }

        return tokens;
    }

    /// <summary>
    /// Removes entries without a token, request or back-off, so that the cache does not grow without limit.
    /// </summary>
    private void RemoveUnused()
    {
        foreach (KeyValuePair<CacheKey, CacheEntry> entry in _entries)
        {
            if (entry.Value.Retire(onlyIfUnused: true))
                Remove(entry);
        }
    }

    private void Remove(KeyValuePair<CacheKey, CacheEntry> entry) =>
        ((ICollection<KeyValuePair<CacheKey, CacheEntry>>)_entries).Remove(entry);
}
