using System.Collections.Concurrent;

namespace MonitorToken.Engine.Caching;

/// <summary>
/// The process's tokens. Callers in any number of runspaces that ask for the same token at the same time
/// share one request; it is given up only when the last of them has stopped waiting.
/// </summary>
/// <param name="time">Says when a token is due, and measures how long nothing is sent.</param>
internal sealed class TokenCache(TimeProvider time)
{
    private readonly ConcurrentDictionary<CacheKey, CacheEntry> _entries = new();

    public static TokenCache Process { get; } = new(TimeProvider.System);

    /// <summary>A token that is in memory and need not be renewed yet; null if there is none.</summary>
    public AccessToken? TryGetFresh(CacheKey key, TokenRequest request) =>
        _entries.TryGetValue(key, out CacheEntry? entry) ? entry.TryGetFresh(request) : null;

    /// <summary>A token that is still valid for the request, due for renewal or not; null if there is none.</summary>
    public AccessToken? TryGetValid(CacheKey key, TokenRequest request) =>
        _entries.TryGetValue(key, out CacheEntry? entry) ? entry.TryGetValid(request) : null;

    public async Task<AccessToken> GetAsync(CacheKey key, TokenCacheRequest ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_entries.TryGetValue(key, out CacheEntry? entry))
            {
                ForgetUseless();
                entry = _entries.GetOrAdd(key, _ => new CacheEntry(time));
            }

            // Null from one that was thrown away in between.
            if (await entry.GetAsync(ask, cancellationToken).ConfigureAwait(false) is { } token)
                return token;
        }
    }

    /// <summary>
    /// The token in hand, for a caller that has no more time to wait for its renewal; no other renewal is tried for a
    /// while. Null if there is none that is good for the request.
    /// </summary>
    public AccessToken? GiveUpRenewal(CacheKey key, TokenRequest request) =>
        _entries.TryGetValue(key, out CacheEntry? entry) ? entry.GiveUpRenewal(request) : null;

    /// <summary>
    /// A token that was got with claims takes the place of the one without, which the service refuses; unless it was
    /// forgotten meanwhile.
    /// </summary>
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
    /// Forgets all tokens. Requests that are under way still answer whoever waits for them, but are not kept.
    /// </summary>
    /// <param name="tokenCacheName">Only those of this persistent cache; null for all.</param>
    /// <returns>How many there were.</returns>
    public int Clear(string? tokenCacheName = null)
    {
        int tokens = 0;
        foreach (KeyValuePair<CacheKey, CacheEntry> entry in _entries)
        {
            if (tokenCacheName is not null && entry.Key.TokenCacheName != tokenCacheName)
                continue;

            tokens += entry.Value.HasToken ? 1 : 0;
            entry.Value.Retire(onlyIfUseless: false);
            Remove(entry);
        }

        return tokens;
    }

    private void ForgetUseless()
    {
        foreach (KeyValuePair<CacheKey, CacheEntry> entry in _entries)
        {
            if (entry.Value.Retire(onlyIfUseless: true))
                Remove(entry);
        }
    }

    private void Remove(KeyValuePair<CacheKey, CacheEntry> entry) =>
        ((ICollection<KeyValuePair<CacheKey, CacheEntry>>)_entries).Remove(entry);
}
