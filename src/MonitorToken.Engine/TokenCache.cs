using System.Collections.Concurrent;

namespace MonitorToken.Engine;

/// <summary>
/// The process's tokens. Callers in any number of runspaces that ask for the same token at the same time
/// share one request; it is given up only when the last of them has stopped waiting.
/// </summary>
internal sealed class TokenCache
{
    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    public delegate Task<AccessToken> Acquire(TokenRequest request, IMessages messages, CancellationToken cancellationToken);

    public static TokenCache Process { get; } = new();

    public async Task<AccessToken> GetAsync(
        string key, TokenRequest request, Acquire acquire, IMessages messages, CancellationToken cancellationToken)
    {
        if (!_slots.TryGetValue(key, out Slot? slot))
        {
            ForgetExpired();
            slot = _slots.GetOrAdd(key, new Slot());
        }

        return await slot.GetAsync(request, acquire, messages, cancellationToken).ConfigureAwait(false);
    }

    private void ForgetExpired()
    {
        foreach (KeyValuePair<string, Slot> slot in _slots)
        {
            if (slot.Value.IsExpired)
                ((ICollection<KeyValuePair<string, Slot>>)_slots).Remove(slot);
        }
    }

    /// <summary>The place of one token, and of the request for it while one is under way.</summary>
    private sealed class Slot
    {
        private readonly object _gate = new();
        private volatile AccessToken? _token;
        private Flight? _flight;

        public bool IsExpired => _token is { IsExpired: true };

        public async Task<AccessToken> GetAsync(
            TokenRequest request, Acquire acquire, IMessages messages, CancellationToken cancellationToken)
        {
            Flight flight;
            lock (_gate)
            {
                if (!request.ForceRefresh && _token is { } token && Serves(token, request) && DateTimeOffset.UtcNow < token.RefreshOn)
                    return token;

                flight = _flight ??= new Flight();
                flight.Waiting++;
                flight.Answer ??= Task.Run(() => FlyAsync(flight, request, acquire, messages), CancellationToken.None);
            }

            try
            {
                return await flight.Answer.UnlessCanceled(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                lock (_gate)
                {
                    if (--flight.Waiting == 0)
                    {
                        flight.Abandon.Cancel();
                        if (_flight == flight)
                            _flight = null;
                    }
                }
            }
        }

        private async Task<AccessToken> FlyAsync(Flight flight, TokenRequest request, Acquire acquire, IMessages messages)
        {
            AccessToken? held = _token;
            try
            {
                // Below here lie caches of other libraries: a token that is not good enough for us must not come back.
                AccessToken token = await acquire(request with { ForceRefresh = request.ForceRefresh || held is not null }, messages, flight.Abandon.Token).ConfigureAwait(false);
                _token = token;
                return token;
            }
            catch (TokenException exception) when (
                exception.Error is TokenError.AuthorityUnreachable or TokenError.Timeout
                && !request.ForceRefresh && held is not null && Serves(held, request))
            {
                messages.Warning($"The token could not be renewed, so the one in memory is used until {held.ExpiresOn:u}. {exception.Message}");
                return held;
            }
            finally
            {
                lock (_gate)
                {
                    if (_flight == flight)
                        _flight = null;
                }
            }
        }

        private static bool Serves(AccessToken token, TokenRequest request) =>
            !token.IsExpired && token.ExpiresIn >= request.MinimumLifetime;
    }

    private sealed class Flight
    {
        public Task<AccessToken>? Answer { get; set; }

        public int Waiting { get; set; }

        public CancellationTokenSource Abandon { get; } = new();
    }
}
