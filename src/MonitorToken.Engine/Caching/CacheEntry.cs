using MonitorToken.Engine.Credentials;

namespace MonitorToken.Engine.Caching;

/// <summary>One token, and the request for it while one is in flight.</summary>
internal sealed class CacheEntry(TimeProvider time)
{
    private readonly object _gate = new();
    private readonly Backoff _backoff = new(time);
    private Deadline? _renewalBackoff;
    private volatile AccessToken? _token;
    private int _tokenNumber;
    private TimeSpan _unsatisfiedLifetime = TimeSpan.MaxValue;
    private bool _sourceRepeatsToken;
    private string? _pendingWarning;
    private InFlightRequest? _inFlight;
    private int _lastNumber;
    private bool _isRetired;

    public bool HasToken => _token is { } token && Left(token) > TimeSpan.Zero;

    /// <summary>A token that need not be renewed yet. Takes no lock: this is the way of nearly every call.</summary>
    public AccessToken? TryGetFresh(TokenRequest request) =>
        !request.ForceRefresh && _token is { } token
        && time.GetUtcNow() < token.RefreshOn && Left(token) >= request.MinimumLifetime
            ? token
            : null;

    /// <summary>A token that is still valid for the request, due for renewal or not.</summary>
    public AccessToken? TryGetValid(TokenRequest request) =>
        !request.ForceRefresh && _token is { } token
        && Left(token) is var left && left > TimeSpan.Zero && left >= request.MinimumLifetime
            ? token
            : null;

    /// <summary>Whether it has this very token.</summary>
    public bool Has(AccessToken token) => ReferenceEquals(_token, token) && !_isRetired;

    /// <returns>The token; null if the entry was removed from the cache meanwhile.</returns>
    public async Task<AccessToken?> GetAsync(TokenCacheRequest ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            InFlightRequest inFlight;
            Waiters.Waiter self;
            lock (_gate)
            {
                if (_isRetired)
                    return null;
                if (TryGetUsable(ask) is { } token)
                    return token;

                (inFlight, self) = Join(ask, ask.Caller, ask.Patience);
            }

            try
            {
                return await inFlight.Answer!.UnlessCanceled(cancellationToken).ConfigureAwait(false);
            }
            catch (TokenException exception) when (TryGetValid(ask.Request) is { } held)
            {
                // Whatever keeps the identity from getting a new one, the one in hand is good until it expires.
                ask.Caller.Warning(NotRenewed(held, exception.Message));
                return held;
            }
            catch (CallerGoneException)
            {
                // For a moment no waiter had a session to use. This caller may have one, unless it is the one that left.
                cancellationToken.ThrowIfCancellationRequested();
                if (self.IsGone)
                    throw new OperationCanceledException();
            }
            finally
            {
                Leave(inFlight, self);
            }
        }
    }

    /// <summary>Takes a token from elsewhere.</summary>
    /// <returns>False if the entry was removed from the cache meanwhile.</returns>
    public bool Put(AccessToken token)
    {
        lock (_gate)
        {
            if (_isRetired)
                return false;

            Keep(token, ++_lastNumber, TimeSpan.Zero);
            return true;
        }
    }

    /// <summary>
    /// The token in hand for a caller that has no more time to wait for its renewal, if it is good for the request. The
    /// next renewal is held back, as after any that failed.
    /// </summary>
    public AccessToken? GiveUpRenewal(TokenRequest request)
    {
        lock (_gate)
        {
            AccessToken? held = TryGetValid(request);
            if (held is not null)
                BackOff();
            return held;
        }
    }

    /// <summary>Marks the entry as removed: what is in flight still answers its waiters, and is not kept.</summary>
    /// <param name="onlyIfUseless">Only if there is neither token nor request nor back-off.</param>
    /// <returns>Whether it was marked.</returns>
    public bool Retire(bool onlyIfUseless)
    {
        lock (_gate)
        {
            if (onlyIfUseless && (_inFlight is not null || HasToken || _backoff.Left > TimeSpan.Zero))
                return false;

            _isRetired = true;
            return true;
        }
    }

    /// <summary>
    /// What can be given out without waiting. A token that is due is renewed in the background, or by one caller while
    /// the others go on; after a failure not until its back-off is over.
    /// </summary>
    private AccessToken? TryGetUsable(TokenCacheRequest ask)
    {
        if (ask.Request.ForceRefresh || _token is not { } token || Left(token) <= TimeSpan.Zero)
            return null;
        if (Left(token) < ask.Request.MinimumLifetime && MayImprove(token, ask.Request.MinimumLifetime))
            return null;
        if (time.GetUtcNow() < token.RefreshOn)
            return token;

        if (!IsBackingOff)
        {
            if (Left(token) < RefreshSchedule.BlockingMargin)
                return null;

            if (_inFlight is null)
            {
                if (ask.InvolvesCaller)
                    return null;

                RenewInBackground(ask);
            }
        }

        if (_pendingWarning is { } warning)
        {
            _pendingWarning = null;
            ask.Caller.Warning(warning);
        }

        return token;
    }

    /// <summary>Whether a renewal has failed so lately that no other is tried yet.</summary>
    private bool IsBackingOff => _renewalBackoff?.Left > TimeSpan.Zero || _backoff.Left > TimeSpan.Zero;

    private void BackOff() => _renewalBackoff = new Deadline(time, RefreshSchedule.RetryDelay);

    /// <summary>For nobody in particular, so without the haste of the caller that happened to come.</summary>
    private void RenewInBackground(TokenCacheRequest ask)
    {
        ask = ask with { Request = ask.Request with { Timeout = null, HasAlternatives = false } };
        (InFlightRequest inFlight, Waiters.Waiter nobody) = Join(ask, NullCaller.Instance, ask.Limit);
        RenewInBackgroundAsync(inFlight, nobody, ask).Forget();
    }

    private async Task RenewInBackgroundAsync(InFlightRequest inFlight, Waiters.Waiter nobody, TokenCacheRequest ask)
    {
        using var limit = new CancellationTokenSource(ask.Limit);
        try
        {
            await inFlight.Answer!.UnlessCanceled(limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // There is no caller to throw it to, so the next one is told, whatever it is.
            lock (_gate)
            {
                BackOff();
                // Who has joined was told, each for itself.
                _pendingWarning = !inFlight.IsShared && TryGetValid(ask.Request) is { } held
                    ? NotRenewed(held, Reason(exception, ask.Limit))
                    : null;
            }
        }
        finally
        {
            Leave(inFlight, nobody);
        }
    }

    /// <summary>Why it failed. The message of an unknown exception is left out, because it may hold anything.</summary>
    private static string Reason(Exception exception, TimeSpan limit) => exception switch
    {
        TokenException => exception.Message,
        OperationCanceledException => $"There was no answer within {limit.TotalSeconds:0.#} seconds.",
        InputsChangedException => "Who signs in has changed meanwhile.",
        _ => $"It failed unexpectedly ({exception.GetType().Name}).",
    };

    /// <summary>
    /// Whether another request may bring a token that lives longer. After one that did not, the next waits until the
    /// token in hand has lost half of its life; where the source gives the same token again, until it is due.
    /// </summary>
    private bool MayImprove(AccessToken token, TimeSpan minimumLifetime) =>
        minimumLifetime < _unsatisfiedLifetime
        || (_sourceRepeatsToken
            ? time.GetUtcNow() >= token.RefreshOn
            : Left(token).Ticks < (token.ExpiresOn - token.ReceivedOn).Ticks / 2);

    /// <summary>Joins the request that is under way, or begins one.</summary>
    private (InFlightRequest InFlight, Waiters.Waiter Waiter) Join(
        TokenCacheRequest ask, ICallerContext caller, TimeSpan patience)
    {
        if (_inFlight is not { } inFlight || !inFlight.CanServe(ask.Request))
        {
            bool renews = ask.Request.ForceRefresh || ask.Request.MinimumLifetime > TimeSpan.Zero || _token is not null;
            _inFlight = inFlight = new InFlightRequest(ask.Request with { Renews = renews }, ++_lastNumber, time);
        }

        Waiters.Waiter waiter = inFlight.Waiters.Join(caller, patience);
        ask.Waiters = inFlight.Waiters;
        inFlight.MinimumLifetime = Max(inFlight.MinimumLifetime, ask.Request.MinimumLifetime);
        inFlight.IsShared |= inFlight.Answer is not null;
        inFlight.Answer ??= Task.Run(() => RunAsync(inFlight, ask), CancellationToken.None);
        return (inFlight, waiter);
    }

    private void Leave(InFlightRequest inFlight, Waiters.Waiter waiter)
    {
        lock (_gate)
        {
            if (!inFlight.Waiters.Leave(waiter))
                return;

            Complete(inFlight);
        }

        inFlight.Cancellation.Cancel();
    }

    private async Task<AccessToken> RunAsync(InFlightRequest inFlight, TokenCacheRequest ask)
    {
        try
        {
            if (!inFlight.Request.ForceRefresh)
                await _backoff.WaitAsync(inFlight.Waiters, inFlight.Cancellation.Token).ConfigureAwait(false);

            AccessToken token = await AcquireAsync(inFlight, ask).ConfigureAwait(false);
            lock (_gate)
            {
                _backoff.End();
                _renewalBackoff = null;
                Keep(token, inFlight.Number, inFlight.MinimumLifetime);
            }

            return token;
        }
        finally
        {
            Complete(inFlight);
        }
    }

    private async Task<AccessToken> AcquireAsync(InFlightRequest inFlight, TokenCacheRequest ask)
    {
        try
        {
            return await ask.AcquireAsync(inFlight.Request, inFlight.Waiters, inFlight.Cancellation.Token)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (
            exception is not CallerGoneException && !inFlight.Cancellation.IsCancellationRequested)
        {
            lock (_gate)
                BackOff();
            if (exception is TokenException failure)
                throw _backoff.Begin(failure);
            throw;
        }
    }

    private void Keep(AccessToken token, int number, TimeSpan minimumLifetime)
    {
        if (number < _tokenNumber || _isRetired)
            return;

        _sourceRepeatsToken = _token is { } before && Secret.AreSame(token, before);
        _unsatisfiedLifetime = Left(token) < minimumLifetime ? minimumLifetime : TimeSpan.MaxValue;
        (_token, _tokenNumber, _pendingWarning) = (token, number, null);
    }

    private void Complete(InFlightRequest inFlight)
    {
        lock (_gate)
        {
            if (_inFlight == inFlight)
                _inFlight = null;
        }
    }

    private TimeSpan Left(AccessToken token) => token.ExpiresOn - time.GetUtcNow();

    private static string NotRenewed(AccessToken held, string why) =>
        $"The token could not be renewed, so the one in memory is used until {held.ExpiresOn:u}. {why}";

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
