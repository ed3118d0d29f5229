using System.Collections.Concurrent;

namespace MonitorToken.Engine.Memory;

/// <summary>
/// The process's tokens. Callers in any number of runspaces that ask for the same token at the same time
/// share one request; it is given up only when the last of them has stopped waiting.
/// </summary>
internal sealed class TokenCache
{
    private readonly ConcurrentDictionary<TokenKey, TokenSlot> _slots = new();

    public static TokenCache Process { get; } = new();

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
                slot = _slots.GetOrAdd(key, _ => new TokenSlot());
            }

            // Null from one that was thrown away in between.
            if (await slot.GetAsync(ask, cancellationToken).ConfigureAwait(false) is { } token)
                return token;
        }
    }

    /// <summary>Takes the place of what is in memory, which the service refuses.</summary>
    public void Replace(TokenKey key, AccessToken token)
    {
        while (!_slots.GetOrAdd(key, _ => new TokenSlot()).Put(token))
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
