using System.Collections.Concurrent;

namespace MonitorToken.Engine;

/// <summary>
/// The process's tokens. Callers in any number of runspaces that ask for the same token at the same time
/// share one request; it is given up only when the last of them has stopped waiting.
/// </summary>
internal sealed class TokenCache
{
    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    public delegate Task<AccessToken> Acquire(TokenRequest request, ICaller caller, CancellationToken cancellationToken);

    public static TokenCache Process { get; } = new();

    public async Task<AccessToken> GetAsync(
        string key, TokenRequest request, Acquire acquire, ICaller caller, CancellationToken cancellationToken)
    {
        if (!_slots.TryGetValue(key, out Slot? slot))
        {
            ForgetUseless();
            slot = _slots.GetOrAdd(key, new Slot());
        }

        return await slot.GetAsync(request, acquire, caller, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A token that is still valid for the request, due for renewal or not; null if there is none.</summary>
    public AccessToken? Held(string key, TokenRequest request) =>
        _slots.TryGetValue(key, out Slot? slot) ? slot.Held(request) : null;

    private void ForgetUseless()
    {
        foreach (KeyValuePair<string, Slot> slot in _slots)
        {
            if (slot.Value.IsUseless)
                ((ICollection<KeyValuePair<string, Slot>>)_slots).Remove(slot);
        }
    }

    /// <summary>The place of one token, and of the request for it while one is under way.</summary>
    private sealed class Slot
    {
        private readonly object _gate = new();
        private volatile AccessToken? _token;
        private volatile Flight? _flight;

        public bool IsUseless => _flight is null && _token is null or { IsExpired: true };

        public AccessToken? Held(TokenRequest request) =>
            !request.ForceRefresh && _token is { IsExpired: false } token && token.ExpiresIn >= request.MinimumLifetime ? token : null;

        public async Task<AccessToken> GetAsync(
            TokenRequest request, Acquire acquire, ICaller caller, CancellationToken cancellationToken)
        {
            Flight flight;
            lock (_gate)
            {
                if (Held(request) is { } token && DateTimeOffset.UtcNow < token.RefreshOn)
                    return token;

                // A flight that may come back with the token in hand is of no use to one who wants a new one.
                flight = _flight is { } current && (current.IsForced || !request.ForceRefresh)
                    ? current
                    : _flight = new Flight(request.ForceRefresh);
                flight.Waiting++;
                flight.Answer ??= Task.Run(() => FlyAsync(flight, request, acquire, caller), CancellationToken.None);
            }

            try
            {
                return await flight.Answer.UnlessCanceled(cancellationToken).ConfigureAwait(false);
            }
            catch (CallerGoneException) when (!cancellationToken.IsCancellationRequested)
            {
                // It needed the session of the one who began it, and that one has left; ours is still here.
            }
            finally
            {
                bool isLast;
                lock (_gate)
                {
                    isLast = --flight.Waiting == 0;
                    if (isLast)
                        Land(flight);
                }

                if (isLast)
                    flight.Abandon.Cancel();
            }

            return await GetAsync(request, acquire, caller, cancellationToken).ConfigureAwait(false);
        }

        private async Task<AccessToken> FlyAsync(Flight flight, TokenRequest request, Acquire acquire, ICaller caller)
        {
            try
            {
                AccessToken token = await acquire(request with { Renews = request.ForceRefresh || _token is not null }, caller, flight.Abandon.Token).ConfigureAwait(false);
                lock (_gate)
                {
                    if (_flight == flight)
                        _token = token;
                }

                return token;
            }
            catch (TokenException exception) when (
                exception.Error is TokenError.AuthorityUnreachable or TokenError.Timeout or TokenError.CredentialUnavailable
                && Held(request) is not null)
            {
                // Not being reached for a while is no reason to lose what is still good, or to become somebody else.
                AccessToken held = _token!;
                caller.Warning($"The token could not be renewed, so the one in memory is used until {held.ExpiresOn:u}. {exception.Message}");
                return held;
            }
            finally
            {
                lock (_gate)
                    Land(flight);
            }
        }

        private void Land(Flight flight)
        {
            if (_flight == flight)
                _flight = null;
        }
    }

    private sealed class Flight(bool isForced)
    {
        public bool IsForced { get; } = isForced;

        public Task<AccessToken>? Answer { get; set; }

        public int Waiting { get; set; }

        public CancellationTokenSource Abandon { get; } = new();
    }
}
