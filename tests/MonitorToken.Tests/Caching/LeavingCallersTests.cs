using System.Collections.Concurrent;
using MonitorToken.Engine.Caching;
using Xunit;

namespace MonitorToken.Tests.Caching;

/// <summary>Callers that leave at any moment, over one slot of the memory; no network takes part.</summary>
public sealed class LeavingCallersTests
{
    private const int Callers = 3000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_leaves_whenever_nobody_hangs_and_nothing_is_left_behind()
    {
        var unobserved = new ConcurrentQueue<Exception>();
        TaskScheduler.UnobservedTaskException += Observe;
        try
        {
            await StressAsync();
            for (int round = 0; round < 3; round++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Observe;
        }

        Assert.DoesNotContain(
            unobserved, exception => exception.ToString().Contains("MonitorToken", StringComparison.Ordinal));

        void Observe(object? sender, UnobservedTaskExceptionEventArgs happened) =>
            unobserved.Enqueue(happened.Exception);
    }

    private static async Task StressAsync()
    {
        var memory = new TokenCache(TimeProvider.System);
        var service = new Service();
        var given = new ConcurrentDictionary<string, bool>();
        int canceled = 0;
        var seeds = new Random(42);
        using var places = new SemaphoreSlim(24);
        var calls = new List<Task>();
        for (int i = 0; i < Callers; i++)
        {
            await places.WaitAsync(Stop);
            calls.Add(CallAsync(seeds.Next(), places));
        }

        // A caller that hangs is what this test is about.
        await Task.WhenAll(calls).WaitAsync(TimeSpan.FromMinutes(1), Stop);

        Assert.InRange(canceled, 100, Callers - 100);
        Assert.NotEmpty(given);
        await Eventually.TrueAsync(() => service.Running == 0, "all requests have ended");
        Assert.All(service.AllWaiters, waiters => Assert.Equal(TimeSpan.Zero, waiters.RemainingTime));
        Assert.All(service.Ended, wasWanted => Assert.True(wasWanted));

        // What is in memory is a token that somebody got or left behind, and a new request is really made.
        Assert.NotNull(memory.TryGetValid(new CacheKey("somebody", "something"), Service.Request(force: false)));
        int before = service.Begun;
        service.IsWell = true;
        await memory.GetAsync(new CacheKey("somebody", "something"), service.Ask(force: true), Stop);
        Assert.Equal(before + 1, service.Begun);

        async Task CallAsync(int seed, SemaphoreSlim place)
        {
            await Task.Yield();
            var chance = new Random(seed);
            using var leaves = new CancellationTokenSource();
            if (chance.Next(2) == 0)
                leaves.CancelAfter(chance.Next(0, 6));
            try
            {
                AccessToken token = await memory.GetAsync(
                    new CacheKey("somebody", "something"), service.Ask(chance.Next(4) > 0), leaves.Token);
                given[token.GetPlainText()] = true;
            }
            catch (OperationCanceledException) when (leaves.IsCancellationRequested)
            {
                Interlocked.Increment(ref canceled);
            }
            catch (TokenException refused)
            {
                Assert.Equal("No.", refused.Message);
            }
            finally
            {
                place.Release();
            }
        }
    }

    /// <summary>An identity service that is slow, and now and then refuses, or needs a session.</summary>
    private sealed class Service
    {
        private int _begun;
        private int _running;

        public ConcurrentBag<Waiters> AllWaiters { get; } = [];

        /// <summary>For each request that was given up, whether it was told so.</summary>
        public ConcurrentBag<bool> Ended { get; } = [];

        public int Begun => Volatile.Read(ref _begun);

        public int Running => Volatile.Read(ref _running);

        public bool IsWell { get; set; }

        public static TokenRequest Request(bool force) =>
            TokenRequest.ForResource("LogAnalytics", AzureEnvironment.AzureCloud) with { ForceRefresh = force };

        public TokenCacheRequest Ask(bool force) => new(
            Request(force),
            new RecordingCaller(),
            WaitTimeout: TimeSpan.FromMinutes(1),
            Limit: TimeSpan.FromMinutes(1),
            InvolvesCaller: false,
            AcquireAsync);

        private async Task<AccessToken> AcquireAsync(TokenRequest request, Waiters waiters, CancellationToken stop)
        {
            int number = Interlocked.Increment(ref _begun);
            Interlocked.Increment(ref _running);
            AllWaiters.Add(waiters);
            try
            {
                await Task.Delay(number % 5, stop);
                if (!IsWell && number % 7 == 0)
                    throw new TokenException(TokenError.AuthenticationFailed, "No.", "Nothing.");
                if (!IsWell && number % 11 == 0)
                    throw new CallerGoneException();

                return MadeUp.Token($"token-{number}", request);
            }
            catch (OperationCanceledException)
            {
                Ended.Add(stop.IsCancellationRequested);
                throw;
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }
    }
}
