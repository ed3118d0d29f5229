using System.Collections.Concurrent;

namespace MonitorToken.Engine.Memory;

/// <summary>
/// The process's tokens. Callers in any number of runspaces that ask for the same token at the same time
/// share one request; it is given up only when the last of them has stopped waiting.
/// </summary>
/// <param name="time">Says when a token is due, and measures how long nothing is sent.</param>
internal sealed class TokenCache(TimeProvider time)
{
    private readonly ConcurrentDictionary<TokenKey, TokenSlot> _slots = new();

    public static TokenCache Process { get; } = new(TimeProvider.System);

    /// <summary>A token that is in memory and need not be renewed yet; null if there is none.</summary>
    public AccessToken? Fresh(TokenKey key, TokenRequest request) =>
        _slots.TryGetValue(key, out TokenSlot? slot) ? slot.Fresh(request) : null;

    /// <summary>A token that is still valid for the request, due for renewal or not; null if there is none.</summary>
    public AccessToken? Held(TokenKey key, TokenRequest request) =>
        _slots.TryGetValue(key, out TokenSlot? slot) ? slot.Held(request) : null;

    public async Task<AccessToken> GetAsync(TokenKey key, Ask ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_slots.TryGetValue(key, out TokenSlot? slot))
            {
                ForgetUseless();
                slot = _slots.GetOrAdd(key, _ => new TokenSlot(time));
            }

            // Null from one that was thrown away in between.
            if (await slot.GetAsync(ask, cancellationToken).ConfigureAwait(false) is { } token)
                return token;
        }
    }

    /// <summary>
    /// The token in hand, for a caller that has no more time to wait for its renewal; no other renewal is tried for a
    /// while. Null if there is none that is good for the request.
    /// </summary>
    public AccessToken? GiveUpRenewal(TokenKey key, TokenRequest request) =>
        _slots.TryGetValue(key, out TokenSlot? slot) ? slot.GiveUpRenewal(request) : null;

    /// <summary>
    /// A token that was got with claims takes the place of the one without, which the service refuses; unless it was
    /// forgotten meanwhile.
    /// </summary>
    public void ReplaceRejected(TokenKey withClaims, AccessToken token)
    {
        if (!_slots.TryGetValue(withClaims, out TokenSlot? source) || !source.Has(token))
            return;

        TokenKey key = withClaims with { Claims = null };
        while (!_slots.GetOrAdd(key, _ => new TokenSlot(time)).Put(token))
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
        foreach (KeyValuePair<TokenKey, TokenSlot> slot in _slots)
        {
            if (tokenCacheName is not null && slot.Key.TokenCacheName != tokenCacheName)
                continue;

            tokens += slot.Value.HasToken ? 1 : 0;
            slot.Value.Retire(onlyIfUseless: false);
            Remove(slot);
        }

        return tokens;
    }

    private void ForgetUseless()
    {
        foreach (KeyValuePair<TokenKey, TokenSlot> slot in _slots)
        {
            if (slot.Value.Retire(onlyIfUseless: true))
                Remove(slot);
        }
    }

    private void Remove(KeyValuePair<TokenKey, TokenSlot> slot) =>
        ((ICollection<KeyValuePair<TokenKey, TokenSlot>>)_slots).Remove(slot);
}

/// <summary>All that makes one token another than the next.</summary>
/// <param name="Credential">Who signs in, and where.</param>
/// <param name="Scopes">What for.</param>
/// <param name="Claims">What is asked for beside that; null for nothing.</param>
/// <param name="TokenCacheName">The persistent cache that the sign-in is kept in; null for none.</param>
internal sealed record TokenKey(
    string Credential, string Scopes, string? Claims = null, string? TokenCacheName = null);
