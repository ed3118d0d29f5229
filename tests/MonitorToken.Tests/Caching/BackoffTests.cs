using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Credentials;
using Xunit;

namespace MonitorToken.Tests.Caching;

/// <summary>
/// When the cache asks again after a failure: by time that passes and not by a clock, and no more than once in 30
/// seconds while it has a token to give. Time is the test's own, and no network takes part.
/// </summary>
public sealed class BackoffTests
{
    private static readonly CacheKey Key = new("somebody", "something");

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly FakeTime _time = new();
    private readonly TokenCache _cache;
    private readonly RecordingCaller _caller = new();
    private Func<Exception?> _fails = () => null;
    private int _sent;

    public BackoffTests() => _cache = new TokenCache(_time);

    public static TheoryData<string> Failures { get; } =
    [
        "refused", "unreachable", "nobody there", "surroundings", "unexpected", "canceled",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task After_a_failed_renewal_in_the_background_nothing_is_sent_for_30_seconds_and_one_caller_is_told(
        string failure)
    {
        AccessToken held = await DueAsync();
        _fails = () => Failure(failure);
        for (int renewals = 1; renewals <= 3; renewals++)
        {
            Assert.Same(held, await GetAsync());
            await ToldAsync(held, renewals);
            for (int i = 0; i < 20; i++)
                Assert.Same(held, await GetAsync());
            Assert.Equal((1 + renewals, renewals), (_sent, _caller.Warnings.Count));

            _time.Pass(TimeSpan.FromSeconds(29.9));
            Assert.Same(held, await GetAsync());
            Assert.Equal(1 + renewals, _sent);
            // The other back-off, for a service that is down, is over by then too, with all its jitter.
            _time.Pass(TimeSpan.FromSeconds(failure == "unreachable" ? 31 : 0.2));
        }

        _fails = () => null;
        await GetAsync();
        await Eventually.TrueAsync(() => GetAsync().GetAwaiter().GetResult() != held, "it is renewed at last");
        Assert.Equal(3, _caller.Warnings.Count);
        Assert.All(_caller.Warnings, told => Assert.Contains("couldn't be renewed", told, StringComparison.Ordinal));
        Assert.All(_caller.Warnings, told => Assert.DoesNotContain("secret words", told, StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_the_last_minutes_the_token_is_given_and_not_asked_for_again_for_30_seconds()
    {
        AccessToken held = await DueAsync(left: TimeSpan.FromMinutes(2));
        _fails = () => Failure("refused");
        for (int i = 0; i < 20; i++)
            Assert.Same(held, await GetAsync());
        Assert.Equal((2, 1), (_sent, _caller.Warnings.Count));

        _time.Pass(TimeSpan.FromSeconds(31));
        for (int i = 0; i < 20; i++)
            Assert.Same(held, await GetAsync());
        Assert.Equal((3, 2), (_sent, _caller.Warnings.Count));

        // When it has expired, there is nothing to give.
        _time.Pass(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<TokenException>(() => GetAsync());
        await Assert.ThrowsAsync<TokenException>(() => GetAsync());
        Assert.Equal(5, _sent);
    }

    [Fact]
    public async Task A_renewal_that_nobody_has_the_time_to_wait_for_is_not_begun_again_for_30_seconds()
    {
        AccessToken held = await DueAsync(left: TimeSpan.FromMinutes(2));
        using var leaves = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<AccessToken> waiting = _cache.GetAsync(
            Key,
            Ask() with
            {
                AcquireAsync = async (_, _, stop) =>
                {
                    begun.SetResult();
                    await Task.Delay(Timeout.Infinite, stop);
                    throw new InvalidOperationException("It cannot end otherwise.");
                },
            },
            leaves.Token);
        await begun.Task;
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Same(held, _cache.GiveUpRenewal(Key, Request));

        Assert.Same(held, await GetAsync());
        Assert.Equal(1, _sent);
        _time.Pass(TimeSpan.FromSeconds(31));
        Assert.NotSame(held, await GetAsync());
    }

    [Fact]
    public async Task A_background_renewal_may_take_as_long_as_its_way_of_signing_in_and_what_it_began_is_ended()
    {
        AccessToken held = await DueAsync();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TokenCacheRequest hangs = Ask() with
        {
            Limit = TimeSpan.FromMilliseconds(50),
            AcquireAsync = async (_, waiters, stop) =>
            {
                Interlocked.Increment(ref _sent);
                using CancellationTokenRegistration end = stop.Register(ended.SetResult);
                await Task.Delay(Timeout.Infinite, stop);
                throw new InvalidOperationException("It cannot end otherwise.");
            },
        };
        Assert.Same(held, await _cache.GetAsync(Key, hangs, Stop));
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(1), Stop);
        await ToldAsync(held, 1);
        for (int i = 0; i < 20; i++)
            Assert.Same(held, await _cache.GetAsync(Key, hangs, Stop));
        Assert.Equal(2, _sent);
        Assert.Contains("0.1 seconds", Assert.Single(_caller.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(-24 * 365)]
    public async Task A_clock_that_is_set_does_not_lengthen_a_back_off(int hours)
    {
        _fails = () => Failure("unreachable");
        TokenException first = await Assert.ThrowsAsync<TokenException>(() => GetAsync());
        _time.SetClock(hours * Hour);

        // Nothing is sent while the back-off lasts, and its end is told by the clock as it is now.
        TokenException second = await Assert.ThrowsAsync<TokenException>(() => GetAsync(patience: TimeSpan.Zero));
        Assert.Equal((1, first.Message), (_sent, second.Message));
        Assert.InRange(second.RetryAfter!.Value - _time.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromSeconds(1));

        _time.Pass(TimeSpan.FromSeconds(1.1));
        _fails = () => null;
        Assert.NotNull(await GetAsync());
        Assert.Equal(2, _sent);
    }

    [Fact]
    public async Task A_clock_that_is_set_does_not_lengthen_what_a_service_has_asked_for()
    {
        _fails = () => new TokenException(TokenError.Throttled, "Too often.", "Wait.")
        {
            RetryAfter = _time.GetUtcNow() + TimeSpan.FromSeconds(60),
        };
        await Assert.ThrowsAsync<TokenException>(() => GetAsync());
        _time.SetClock(-Hour);
        TokenException again = await Assert.ThrowsAsync<TokenException>(() => GetAsync(patience: TimeSpan.Zero));
        Assert.InRange(again.RetryAfter!.Value - _time.GetUtcNow(), TimeSpan.FromSeconds(59), TimeSpan.FromSeconds(61));
        _time.Pass(TimeSpan.FromSeconds(91));
        _fails = () => null;
        Assert.NotNull(await GetAsync(patience: TimeSpan.Zero));
        Assert.Equal(2, _sent);
    }

    [Fact]
    public async Task A_clock_that_is_set_does_not_lengthen_the_back_off_of_a_renewal()
    {
        AccessToken held = await DueAsync(left: TimeSpan.FromMinutes(2));
        _fails = () => Failure("refused");
        Assert.Same(held, await GetAsync());
        _time.SetClock(TimeSpan.FromMinutes(-1));
        _time.Pass(TimeSpan.FromSeconds(31));
        _fails = () => null;
        // By the clock that is right now, it is not yet due.
        _time.SetClock(TimeSpan.FromMinutes(1));
        Assert.NotSame(held, await GetAsync());
    }

    [Fact]
    public void Who_waits_goes_on_waiting_for_as_long_when_the_clock_is_set()
    {
        var waiters = new Waiters(_time);
        waiters.Join(_caller, TimeSpan.FromSeconds(20));
        _time.SetClock(-Hour);
        Assert.Equal(TimeSpan.FromSeconds(20), waiters.RemainingTime);
        Assert.Equal(_time.GetUtcNow().AddSeconds(20), waiters.Until);
        waiters.BeginBackoff(_time.GetUtcNow().AddSeconds(10), "waiting");
        _time.SetClock(2 * Hour);
        Assert.Equal(_time.GetUtcNow().AddSeconds(10), waiters.BackoffUntil);
        _time.Pass(TimeSpan.FromSeconds(10));
        Assert.Null(waiters.BackoffUntil);
    }

    [Fact]
    public async Task What_was_forgotten_is_not_put_back_by_a_request_with_claims_that_was_under_way()
    {
        CacheKey withClaims = Key with { Claims = "{}" };
        AccessToken token = await _cache.GetAsync(withClaims, Ask(), Stop);
        _cache.Clear();
        _cache.ReplaceRejected(withClaims, token);
        Assert.Equal(0, _cache.Clear());

        token = await _cache.GetAsync(withClaims, Ask(), Stop);
        _cache.ReplaceRejected(withClaims, token);
        Assert.Same(token, _cache.TryGetFresh(Key, Request));
    }

    private static TokenRequest Request => TokenRequest.ForResource("LogAnalytics", AzureEnvironment.AzureCloud);

    private static Exception Failure(string failure) => failure switch
    {
        "refused" => new TokenException(TokenError.AuthenticationFailed, "AADSTS7000222: expired.", "Make a new one."),
        "unreachable" => new TokenException(TokenError.AuthorityUnreachable, "No answer.", "Wait."),
        "nobody there" => new TokenException(TokenError.CredentialUnavailable, "Not logged in.", "Log in."),
        "surroundings" => new InputsChangedException(),
        "canceled" => new OperationCanceledException(),
        _ => new InvalidOperationException("secret words"),
    };

    /// <summary>A token that is due and valid for a while.</summary>
    private async Task<AccessToken> DueAsync(TimeSpan? left = null)
    {
        AccessToken token = await GetAsync();
        _time.Pass(token.ExpiresOn - _time.GetUtcNow() - (left ?? TimeSpan.FromMinutes(9)));
        return token;
    }

    private async Task ToldAsync(AccessToken held, int times)
    {
        await Eventually.TrueAsync(
            () =>
            {
                Assert.Same(held, GetAsync().GetAwaiter().GetResult());
                return _caller.Warnings.Count == times;
            },
            "a caller hears of it");
    }

    private Task<AccessToken> GetAsync(TimeSpan? patience = null) =>
        _cache.GetAsync(Key, Ask() with { WaitTimeout = patience ?? TimeSpan.FromSeconds(100) }, Stop);

    private TokenCacheRequest Ask() => new(
        Request,
        _caller,
        WaitTimeout: TimeSpan.FromSeconds(100),
        Limit: TimeSpan.FromSeconds(100),
        InvolvesCaller: false,
        (request, _, _) =>
        {
            int number = Interlocked.Increment(ref _sent);
            return _fails() is { } failure
                ? Task.FromException<AccessToken>(failure)
                : Task.FromResult(MadeUp.Token($"token {number}", request, _time.GetUtcNow()));
        });
}
