using MonitorToken.Engine.Credentials;

namespace MonitorToken.Engine.Caching;

/// <summary>
/// One entry of the <see cref="TokenCache"/>: a token, the request for it that is in flight, and its back-off. Callers
/// that need the same token at the same time share one request (single flight), so an expiry does not cause a stampede.
/// Thread-safe.
/// </summary>
/// <param name="time">The source of time; replaced by tests.</param>
internal sealed class CacheEntry(TimeProvider time)
{
    private readonly object _gate = new();
    private readonly Backoff _backoff = new(time);
    private Deadline? _renewalBackoff;
    private volatile AccessToken? _token;
    // The number of the request that returned the token; see InFlightRequest.Number.
    private int _tokenNumber;
    // The minimum lifetime that the token did not meet when it was requested; MaxValue if it met all.
    private TimeSpan _unsatisfiedLifetime = TimeSpan.MaxValue;
    private bool _sourceRepeatsToken;
    // Why the last renewal in the background failed; shown to the next caller.
    private string? _pendingWarning;
    private InFlightRequest? _inFlight;
    private int _lastNumber;
    private bool _isRetired;

    /// <summary>Whether the entry holds a token that has not expired.</summary>
    public bool HasToken => _token is { } token && Left(token) > TimeSpan.Zero;

    /// <summary>
    /// Returns the token if it isn't due for renewal yet, or null. Takes no lock, because nearly every call stops here.
    /// </summary>
    public AccessToken? TryGetFresh(TokenRequest request) =>
        !request.ForceRefresh && _token is { } token
        && time.GetUtcNow() < token.RefreshOn && Left(token) >= request.MinimumLifetime
            ? token
            : null;

    /// <summary>
    /// Returns the token if it is valid for the request, even if it is due for renewal; otherwise null.
    /// </summary>
    public AccessToken? TryGetValid(TokenRequest request) =>
        !request.ForceRefresh && _token is { } token
        && Left(token) is var left && left > TimeSpan.Zero && left >= request.MinimumLifetime
            ? token
            : null;

    /// <summary>Whether the entry holds this instance and is still part of the cache.</summary>
    public bool Has(AccessToken token) => ReferenceEquals(_token, token) && !_isRetired;

    /// <summary>
    /// Returns the token from memory, or joins or starts a request for a new one. If the renewal fails while the token
    /// in memory is valid, warns the caller and returns that token.
    /// </summary>
    /// <param name="request">The caller's request.</param>
    /// <param name="cancellationToken">Stops the wait of this caller; the request continues for the others.</param>
    /// <returns>The token; null if the entry was removed from the cache in the meantime.</returns>
    /// <exception cref="TokenException">No token could be acquired.</exception>
    public async Task<AccessToken?> GetAsync(TokenCacheRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            InFlightRequest inFlight;
            Waiters.Waiter self;
            lock (_gate)
            {
                if (_isRetired)
                    return null;
                if (TryGetUsable(request) is { } token)
                    return token;

                (inFlight, self) = Join(request, request.Caller, request.WaitTimeout);
            }

            try
            {
                return await inFlight.Answer!.UnlessCanceled(cancellationToken).ConfigureAwait(false);
            }
            catch (TokenException exception) when (TryGetValid(request.Request) is { } held)
            {
                // Whatever the reason for the failed renewal, the token in memory stays valid until it expires.
                request.Caller.Warning(NotRenewed(held, exception.Message));
                return held;
            }
            catch (CallerGoneException)
            {
                // The request needed a PowerShell session, and no waiter had one left. Try again with this caller's
                // session, unless this caller is the one that left.
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

    /// <summary>Stores a token that was acquired elsewhere.</summary>
    /// <returns>False if the entry was removed from the cache in the meantime.</returns>
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
    /// Returns the token in memory to a caller whose deadline is near, if it is valid for the request, and holds back
    /// the next renewal as after one that failed. Null if there is no such token.
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

    /// <summary>
    /// Marks the entry as removed from the cache. A request in flight still completes for its waiters, but its token is
    /// not stored.
    /// </summary>
    /// <param name="onlyIfUnused">Only if there is no token, no request in flight and no back-off.</param>
    /// <returns>Whether the entry was marked.</returns>
    public bool Retire(bool onlyIfUnused)
    {
        lock (_gate)
        {
            if (onlyIfUnused && (_inFlight is not null || HasToken || _backoff.Left > TimeSpan.Zero))
                return false;

            _isRetired = true;
            return true;
        }
    }

    /// <summary>
    /// Returns the token that can be handed out without waiting, or null. If the token is due for renewal, starts the
    /// renewal in the background, or lets one caller do it while the others continue; after a failed renewal, not
    /// before its back-off is over.
    /// </summary>
    private AccessToken? TryGetUsable(TokenCacheRequest request)
    {
        if (request.Request.ForceRefresh || _token is not { } token || Left(token) <= TimeSpan.Zero)
            return null;
        if (Left(token) < request.Request.MinimumLifetime && MayImprove(token, request.Request.MinimumLifetime))
            return null;
        if (time.GetUtcNow() < token.RefreshOn)
            return token;

        if (!IsBackingOff)
        {
            if (Left(token) < RefreshSchedule.BlockingMargin)
                return null;

            if (_inFlight is null)
            {
                if (request.InvolvesCaller)
                    return null;

                RenewInBackground(request);
            }
        }

        if (_pendingWarning is { } warning)
        {
            _pendingWarning = null;
            request.Caller.Warning(warning);
        }

        return token;
    }

    /// <summary>Whether the next renewal is held back because one has failed recently.</summary>
    private bool IsBackingOff => _renewalBackoff?.Left > TimeSpan.Zero || _backoff.Left > TimeSpan.Zero;

    /// <summary>Holds back the next renewal; see <see cref="RefreshSchedule.RetryDelay"/>.</summary>
    private void BackOff() => _renewalBackoff = new Deadline(time, RefreshSchedule.RetryDelay);

    /// <summary>
    /// Starts a renewal that no caller waits for, so without the deadline of the caller that triggered it.
    /// </summary>
    private void RenewInBackground(TokenCacheRequest request)
    {
        request = request with { Request = request.Request with { Timeout = null, HasAlternatives = false } };
        (InFlightRequest inFlight, Waiters.Waiter waiter) = Join(request, NullCaller.Instance, request.Limit);
        RenewInBackgroundAsync(inFlight, waiter, request).Forget();
    }

    private async Task RenewInBackgroundAsync(
        InFlightRequest inFlight, Waiters.Waiter waiter, TokenCacheRequest request)
    {
        using var limit = new CancellationTokenSource(request.Limit);
        try
        {
            await inFlight.Answer!.UnlessCanceled(limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // No caller waits for this task, so the next caller gets the failure as a warning.
            lock (_gate)
            {
                BackOff();
                // Callers that joined the request have received the failure already.
                _pendingWarning = !inFlight.IsShared && TryGetValid(request.Request) is { } held
                    ? NotRenewed(held, Reason(exception, request.Limit))
                    : null;
            }
        }
        finally
        {
            Leave(inFlight, waiter);
        }
    }

    /// <summary>
    /// Describes the failure. The message of an unknown exception is left out, because it might contain secrets.
    /// </summary>
    private static string Reason(Exception exception, TimeSpan limit) => exception switch
    {
        TokenException => exception.Message,
        OperationCanceledException => $"There was no response within {limit.TotalSeconds:0.#} seconds.",
        InputsChangedException => "The account or its settings changed in the meantime.",
        _ => $"It failed unexpectedly ({exception.GetType().Name}).",
    };

    /// <summary>
    /// Whether another request could return a token with a longer lifetime. After a token that was too short-lived for
    /// the request, the next attempt waits until half of that token's lifetime is over; if the source returns the same
    /// token again, as a managed identity's cache does, until the token is due for renewal.
    /// </summary>
    private bool MayImprove(AccessToken token, TimeSpan minimumLifetime) =>
        minimumLifetime < _unsatisfiedLifetime
        || (_sourceRepeatsToken
            ? time.GetUtcNow() >= token.RefreshOn
            : Left(token).Ticks < (token.ExpiresOn - token.ReceivedOn).Ticks / 2);

    /// <summary>Joins the request in flight, or starts one.</summary>
    private (InFlightRequest InFlight, Waiters.Waiter Waiter) Join(
        TokenCacheRequest request, ICallerContext caller, TimeSpan timeout)
    {
        if (_inFlight is not { } inFlight || !inFlight.CanServe(request.Request))
        {
            bool renews =
                request.Request.ForceRefresh || request.Request.MinimumLifetime > TimeSpan.Zero || _token is not null;
            _inFlight = inFlight = new InFlightRequest(request.Request with { Renews = renews }, ++_lastNumber, time);
        }

        Waiters.Waiter waiter = inFlight.Waiters.Join(caller, timeout);
        request.Waiters = inFlight.Waiters;
        inFlight.MinimumLifetime = Max(inFlight.MinimumLifetime, request.Request.MinimumLifetime);
        inFlight.IsShared |= inFlight.Answer is not null;
        inFlight.Answer ??= Task.Run(() => RunAsync(inFlight, request), CancellationToken.None);
        return (inFlight, waiter);
    }

    /// <summary>Ends the wait of one caller, and cancels the request when that was the last one.</summary>
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

    private async Task<AccessToken> RunAsync(InFlightRequest inFlight, TokenCacheRequest request)
    {
        bool isHeldBack = !inFlight.Request.ForceRefresh;
        CancellationToken cancellationToken = inFlight.Cancellation.Token;
        try
        {
            if (isHeldBack)
                await _backoff.WaitAsync(inFlight.Waiters, cancellationToken).ConfigureAwait(false);

            isHeldBack = false;
            AccessToken token = await request
                .AcquireAsync(inFlight.Request, inFlight.Waiters, cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                _backoff.End();
                _renewalBackoff = null;
                Keep(token, inFlight.Number, inFlight.MinimumLifetime);
            }

            return token;
        }
        catch (Exception exception) when (
            !isHeldBack && exception is not CallerGoneException && !cancellationToken.IsCancellationRequested)
        {
            lock (_gate)
                BackOff();
            if (exception is TokenException failure)
                throw _backoff.Begin(failure);
            throw;
        }
        finally
        {
            Complete(inFlight);
        }
    }

    /// <summary>Stores the token, unless a later request has stored one already or the entry was removed.</summary>
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
        $"The token couldn't be renewed, so the cached one is used until {held.ExpiresOn:u}. {why}";

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
