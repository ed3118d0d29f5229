namespace MonitorToken.Engine.Memory;

/// <summary>The place of one token, and of the request for it while one is under way.</summary>
internal sealed class TokenSlot
{
    /// <summary>A token that is due for renewal is given out at once while it is good for longer than this.</summary>
    private static readonly TimeSpan Comfort = TimeSpan.FromMinutes(3);

    private readonly object _gate = new();
    private readonly Pause _pause = new();
    private volatile AccessToken? _token;
    private int _tokenNumber;
    private TimeSpan _unmet = TimeSpan.MaxValue;
    private bool _repeats;
    private string? _news;
    private Flight? _flight;
    private int _flights;
    private bool _isRetired;

    public bool HasToken => _token is { IsExpired: false };

    /// <summary>A token that need not be renewed yet. Takes no lock: this is the way of nearly every call.</summary>
    public AccessToken? Fresh(TokenRequest request) =>
        !request.ForceRefresh && _token is { } token
        && DateTimeOffset.UtcNow < token.RefreshOn && token.ExpiresIn >= request.MinimumLifetime
            ? token
            : null;

    /// <summary>A token that is still valid for the request, due for renewal or not.</summary>
    public AccessToken? Held(TokenRequest request) =>
        !request.ForceRefresh && _token is { IsExpired: false } token && token.ExpiresIn >= request.MinimumLifetime
            ? token
            : null;

    /// <returns>The token; null if the slot was thrown away.</returns>
    public async Task<AccessToken?> GetAsync(Ask ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            Flight flight;
            Party.Member self;
            lock (_gate)
            {
                if (_isRetired)
                    return null;
                if (InHand(ask) is { } token)
                    return token;

                (flight, self) = Board(ask, ask.Caller, ask.Until);
            }

            try
            {
                return await flight.Answer!.UnlessCanceled(cancellationToken).ConfigureAwait(false);
            }
            catch (TokenException exception) when (exception.IsTransient && Held(ask.Request) is not null)
            {
                // Not being reached for a while is no reason to lose what is still good, or to become somebody else.
                AccessToken held = _token!;
                ask.Caller.Warning(NotRenewed(held, exception));
                return held;
            }
            catch (CallerGoneException)
            {
                // Nobody was there for a moment whose session it could have used. This caller may be, unless it was
                // the one that is gone.
                cancellationToken.ThrowIfCancellationRequested();
                if (self.IsGone)
                    throw new OperationCanceledException();
            }
            finally
            {
                Leave(flight, self);
            }
        }
    }

    /// <summary>Takes a token from elsewhere.</summary>
    /// <returns>False if the slot was thrown away.</returns>
    public bool Put(AccessToken token)
    {
        lock (_gate)
        {
            if (_isRetired)
                return false;

            Keep(token, ++_flights, TimeSpan.Zero);
            return true;
        }
    }

    /// <summary>Throws the slot away.</summary>
    /// <returns>Whether it was.</returns>
    public bool Retire(bool onlyIfUseless)
    {
        lock (_gate)
        {
            if (onlyIfUseless && (_flight is not null || HasToken || _pause.Until > DateTimeOffset.UtcNow))
                return false;

            _isRetired = true;
            return true;
        }
    }

    /// <summary>
    /// What can be given out without waiting. A token that is due is renewed behind the caller's back, or by one
    /// caller while the others go on.
    /// </summary>
    private AccessToken? InHand(Ask ask)
    {
        if (ask.Request.ForceRefresh || _token is not { IsExpired: false } token)
            return null;
        if (token.ExpiresIn < ask.Request.MinimumLifetime && MayBeBettered(token, ask.Request.MinimumLifetime))
            return null;
        if (DateTimeOffset.UtcNow < token.RefreshOn)
            return token;
        if (token.ExpiresIn < Comfort)
            return null;

        bool isPaused = _pause.Until > DateTimeOffset.UtcNow;
        if (_flight is null && !isPaused)
        {
            if (ask.InvolvesCaller)
                return null;

            (Flight flight, Party.Member nobody) =
                Board(ask, Nobody.Instance, DateTimeOffset.UtcNow + SingleCredential.ServiceLimit);
            RenewBehindAsync(flight, nobody, ask.Request).Forget();
        }

        if (_news is { } news)
        {
            _news = null;
            ask.Caller.Warning(news);
        }

        return token;
    }

    private async Task RenewBehindAsync(Flight flight, Party.Member nobody, TokenRequest request)
    {
        using var limit = new CancellationTokenSource(SingleCredential.ServiceLimit);
        try
        {
            await flight.Answer!.UnlessCanceled(limit.Token).ConfigureAwait(false);
        }
        catch (TokenException exception)
        {
            lock (_gate)
                _news = Held(request) is { } held ? NotRenewed(held, exception) : null;
        }
        finally
        {
            Leave(flight, nobody);
        }
    }

    /// <summary>
    /// Whether asking again may bring a longer one. Who has just asked for as much and got less need not ask again
    /// until the one in hand has lost half of what it had; a source that gives the same one again, not before it is
    /// due.
    /// </summary>
    private bool MayBeBettered(AccessToken token, TimeSpan minimumLifetime) =>
        minimumLifetime < _unmet
        || (_repeats
            ? DateTimeOffset.UtcNow >= token.RefreshOn
            : token.ExpiresIn.Ticks < (token.ExpiresOn - token.ReceivedOn).Ticks / 2);

    /// <summary>Joins the request that is under way, or begins one.</summary>
    private (Flight Flight, Party.Member Member) Board(Ask ask, ICaller caller, DateTimeOffset until)
    {
        if (_flight is not { } flight || !flight.Suits(ask.Request))
        {
            bool renews = ask.Request.ForceRefresh || ask.Request.MinimumLifetime > TimeSpan.Zero || _token is not null;
            _flight = flight = new Flight(ask.Request with { Renews = renews }, ++_flights);
        }

        Party.Member member = flight.Party.Join(caller, until);
        ask.Party = flight.Party;
        flight.MinimumLifetime = Max(flight.MinimumLifetime, ask.Request.MinimumLifetime);
        flight.Answer ??= Task.Run(() => FlyAsync(flight, ask), CancellationToken.None);
        return (flight, member);
    }

    private void Leave(Flight flight, Party.Member member)
    {
        lock (_gate)
        {
            if (!flight.Party.Leave(member))
                return;

            Land(flight);
        }

        flight.Abandon.Cancel();
    }

    private async Task<AccessToken> FlyAsync(Flight flight, Ask ask)
    {
        try
        {
            if (!flight.Request.ForceRefresh)
                await _pause.WaitAsync(flight.Party, flight.Abandon.Token).ConfigureAwait(false);

            AccessToken token = await ask.AcquireAsync(flight.Request, flight.Party, flight.Abandon.Token)
                .ConfigureAwait(false);
            lock (_gate)
            {
                _pause.End();
                Keep(token, flight.Number, flight.MinimumLifetime);
            }

            return token;
        }
        catch (TokenException exception)
        {
            throw _pause.Begin(exception);
        }
        finally
        {
            Land(flight);
        }
    }

    private void Keep(AccessToken token, int number, TimeSpan minimumLifetime)
    {
        if (number < _tokenNumber || _isRetired)
            return;

        _repeats = _token is { } before && Secret.AreSame(token, before);
        _unmet = token.ExpiresIn < minimumLifetime ? minimumLifetime : TimeSpan.MaxValue;
        (_token, _tokenNumber, _news) = (token, number, null);
    }

    private void Land(Flight flight)
    {
        lock (_gate)
        {
            if (_flight == flight)
                _flight = null;
        }
    }

    private static string NotRenewed(AccessToken held, TokenException exception) =>
        $"The token could not be renewed, so the one in memory is used until {held.ExpiresOn:u}. {exception.Message}";

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
