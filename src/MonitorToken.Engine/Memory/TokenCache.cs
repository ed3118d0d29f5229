using System.Collections.Concurrent;

namespace MonitorToken.Engine.Memory;

/// <summary>
/// The process's tokens. Callers in any number of runspaces that ask for the same token at the same time
/// share one request; it is given up only when the last of them has stopped waiting.
/// </summary>
internal sealed class TokenCache
{
    private readonly ConcurrentDictionary<string, TokenSlot> _slots = new(StringComparer.Ordinal);

    public static TokenCache Process { get; } = new();

    /// <summary>A token that is in memory and need not be renewed yet; null if there is none.</summary>
    public AccessToken? Fresh(string key, TokenRequest request) =>
        _slots.TryGetValue(key, out TokenSlot? slot) ? slot.Fresh(request) : null;

    /// <summary>A token that is still valid for the request, due for renewal or not; null if there is none.</summary>
    public AccessToken? Held(string key, TokenRequest request) =>
        _slots.TryGetValue(key, out TokenSlot? slot) ? slot.Held(request) : null;

    public async Task<AccessToken> GetAsync(string key, Ask ask, CancellationToken cancellationToken)
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
    public void Replace(string key, AccessToken token)
    {
        while (!_slots.GetOrAdd(key, _ => new TokenSlot()).Put(token))
        {
        }
    }

    /// <summary>
    /// Forgets all tokens. Requests that are under way still answer whoever waits for them, but are not kept.
    /// </summary>
    /// <returns>How many there were.</returns>
    public int Clear()
    {
        int tokens = 0;
        foreach (KeyValuePair<string, TokenSlot> slot in _slots)
        {
            tokens += slot.Value.HasToken ? 1 : 0;
            slot.Value.Retire(onlyIfUseless: false);
            Remove(slot);
        }

        return tokens;
    }

    private void ForgetUseless()
    {
        foreach (KeyValuePair<string, TokenSlot> slot in _slots)
        {
            if (slot.Value.Retire(onlyIfUseless: true))
                Remove(slot);
        }
    }

    private void Remove(KeyValuePair<string, TokenSlot> slot) =>
        ((ICollection<KeyValuePair<string, TokenSlot>>)_slots).Remove(slot);
}
