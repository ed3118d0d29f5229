namespace MonitorToken.Engine.Memory;

/// <summary>The place of one token, and of the request for it while one is under way.</summary>
internal sealed class TokenSlot(TimeProvider time)
{
    private readonly object _gate = new();
    private readonly Pause _pause = new(time);
    private Deadline? _renewalBackoff;
    private volatile AccessToken? _token;
    private int _tokenNumber;
    private TimeSpan _unmet = TimeSpan.MaxValue;
    private bool _repeats;
    private string? _news;
    private Flight? _flight;
    private int _flights;
    private bool _isRetired;

    public bool HasToken => _token is { } token && Left(token) > TimeSpan.Zero;

    /// <summary>A token that need not be renewed yet. Takes no lock: this is the way of nearly every call.</summary>
    public AccessToken? Fresh(TokenRequest request) =>
        !request.ForceRefresh && _token is { } token
        && time.GetUtcNow() < token.RefreshOn && Left(token) >= request.MinimumLifetime
            ? token
            : null;

    /// <summary>A token that is still valid for the request, due for renewal or not.</summary>
    public AccessToken? Held(TokenRequest request) =>
        !request.ForceRefresh && _token is { } token
        && Left(token) is var left && left > TimeSpan.Zero && left >= request.MinimumLifetime
            ? token
            : null;

    /// <summary>Whether it has this very token.</summary>
    public bool Has(AccessToken token) => ReferenceEquals(_token, token) && !_isRetired;

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

                (flight, self) = Board(ask, ask.Caller, ask.Patience);
            }

            try
            {
                return await flight.Answer!.UnlessCanceled(cancellationToken).ConfigureAwait(false);
            }
            catch (TokenException exception) when (Held(ask.Request) is { } held)
            {
                // Whatever keeps the identity from getting a new one, the one in hand is good until it expires.
                ask.Caller.Warning(NotRenewed(held, exception.Message));
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

    /// <summary>
    /// The caller has no more time to wait for the renewal; where the token in hand is good for it, that is what it gets.
    /// </summary>
    public AccessToken? GiveUpRenewal(TokenRequest request)
    {
        lock (_gate)
        {
            AccessToken? held = Held(request);
            if (held is not null)
                BackOff();
            return held;
        }
    }

    /// <summary>Throws the slot away.</summary>
    /// <returns>Whether it was.</returns>
    public bool Retire(bool onlyIfUseless)
    {
        lock (_gate)
        {
            if (onlyIfUseless && (_flight is not null || HasToken || _pause.Left > TimeSpan.Zero))
                return false;

            _isRetired = true;
            return true;
        }
    }

    /// <summary>
    /// What can be given out without waiting. A token that is due is renewed in the background, or by one caller while
    /// the others go on; after a failure not until its back-off is over.
    /// </summary>
    private AccessToken? InHand(Ask ask)
    {
        if (ask.Request.ForceRefresh || _token is not { } token || Left(token) <= TimeSpan.Zero)
            return null;
        if (Left(token) < ask.Request.MinimumLifetime && MayBeBettered(token, ask.Request.MinimumLifetime))
            return null;
        if (time.GetUtcNow() < token.RefreshOn)
            return token;

        if (!IsBackingOff)
        {
            if (Left(token) < RefreshSchedule.BlockingMargin)
                return null;

            if (_flight is null)
            {
                if (ask.InvolvesCaller)
                    return null;

                RenewInBackground(ask);
            }
        }

        if (_news is { } news)
        {
            _news = null;
            ask.Caller.Warning(news);
        }

        return token;
    }

    /// <summary>Whether a renewal has failed so lately that no other is tried yet.</summary>
    private bool IsBackingOff => _renewalBackoff?.Left > TimeSpan.Zero || _pause.Left > TimeSpan.Zero;

    private void BackOff() => _renewalBackoff = new Deadline(time, RefreshSchedule.RetryDelay);

    /// <summary>For nobody in particular, so without the haste of the caller that happened to come.</summary>
    private void RenewInBackground(Ask ask)
    {
        ask = ask with { Request = ask.Request with { Timeout = null, HasAlternatives = false } };
        (Flight flight, Party.Member nobody) = Board(ask, Nobody.Instance, ask.Limit);
        RenewInBackgroundAsync(flight, nobody, ask).Forget();
    }

    private async Task RenewInBackgroundAsync(Flight flight, Party.Member nobody, Ask ask)
    {
        using var limit = new CancellationTokenSource(ask.Limit);
        try
        {
            await flight.Answer!.UnlessCanceled(limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // There is no caller to throw it to, so the next one is told, whatever it is.
            lock (_gate)
            {
                BackOff();
                _news = Held(ask.Request) is { } held ? NotRenewed(held, Reason(exception, ask.Limit)) : null;
            }
        }
        finally
        {
            Leave(flight, nobody);
        }
    }

    /// <summary>Words for what has no sentence of its own; an unknown exception's own words may hold anything.</summary>
    private static string Reason(Exception exception, TimeSpan limit) => exception switch
    {
        TokenException => exception.Message,
        OperationCanceledException => $"There was no answer within {limit.TotalSeconds:0.#} seconds.",
        SurroundingsChangedException => "Who signs in has changed meanwhile.",
        _ => $"It failed unexpectedly ({exception.GetType().Name}).",
    };

    /// <summary>
    /// Whether asking again may bring a longer one. Who has just asked for as much and got less need not ask again
    /// until the one in hand has lost half of what it had; a source that gives the same one again, not before it is
    /// due.
    /// </summary>
    private bool MayBeBettered(AccessToken token, TimeSpan minimumLifetime) =>
        minimumLifetime < _unmet
        || (_repeats
            ? time.GetUtcNow() >= token.RefreshOn
            : Left(token).Ticks < (token.ExpiresOn - token.ReceivedOn).Ticks / 2);

    /// <summary>Joins the request that is under way, or begins one.</summary>
    private (Flight Flight, Party.Member Member) Board(Ask ask, ICaller caller, TimeSpan patience)
    {
        if (_flight is not { } flight || !flight.Suits(ask.Request))
        {
            bool renews = ask.Request.ForceRefresh || ask.Request.MinimumLifetime > TimeSpan.Zero || _token is not null;
            _flight = flight = new Flight(ask.Request with { Renews = renews }, ++_flights, time);
        }

        Party.Member member = flight.Party.Join(caller, patience);
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

            AccessToken token = await AcquireAsync(flight, ask).ConfigureAwait(false);
            lock (_gate)
            {
                _pause.End();
                _renewalBackoff = null;
                Keep(token, flight.Number, flight.MinimumLifetime);
            }

            return token;
        }
        finally
        {
            Land(flight);
        }
    }

    private async Task<AccessToken> AcquireAsync(Flight flight, Ask ask)
    {
        try
        {
            return await ask.AcquireAsync(flight.Request, flight.Party, flight.Abandon.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (
            exception is not CallerGoneException && !flight.Abandon.IsCancellationRequested)
        {
            lock (_gate)
                BackOff();
            if (exception is TokenException failure)
                throw _pause.Begin(failure);
            throw;
        }
    }

    private void Keep(AccessToken token, int number, TimeSpan minimumLifetime)
    {
        if (number < _tokenNumber || _isRetired)
            return;

        _repeats = _token is { } before && Secret.AreSame(token, before);
        _unmet = Left(token) < minimumLifetime ? minimumLifetime : TimeSpan.MaxValue;
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

    private TimeSpan Left(AccessToken token) => token.ExpiresOn - time.GetUtcNow();

    private static string NotRenewed(AccessToken held, string why) =>
        $"The token could not be renewed, so the one in memory is used until {held.ExpiresOn:u}. {why}";

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
