using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// Probes whether the metadata service answers at an address. Outside Azure, packets to that address are often dropped
/// without an error, so the probe has a short timeout and its failure is cached (negative caching). The response is
/// still awaited in the background, so that a service that was only slow is known for the next call.
/// </summary>
internal sealed class ImdsProbe
{
    /// <summary>
    /// The timeout on an Azure virtual machine. Chosen: the service answers within milliseconds, except during the
    /// first seconds after a boot.
    /// </summary>
    private static readonly TimeSpan AzureVmTimeout = TimeSpan.FromSeconds(3);

    /// <summary>The timeout on any other machine; the same as in Azure.Identity.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The timeout in a chain, whose next member is started in the meantime. Chosen: about the time that the Azure CLI
    /// takes.
    /// </summary>
    private static readonly TimeSpan ChainTimeout = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The longest timeout that a caller can set; the same as for one attempt of any request (see RetryHandler).
    /// </summary>
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long HTTP 404 is retried as that of a service that is being updated, if the address has not been confirmed
    /// to be IMDS. Chosen.
    /// </summary>
    private static readonly TimeSpan UpdateLimit = TimeSpan.FromSeconds(6);

    /// <summary>
    /// Subtracted from the deadline of the caller, so that the call reports the reason instead of a timeout. Chosen.
    /// </summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromMilliseconds(500);

    /// <summary>The delay of a timer from which on the machine is considered busy. Chosen.</summary>
    private static readonly TimeSpan BusyThreshold = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest total timeout on a busy machine, unless the caller has set a longer one. Chosen.</summary>
    private static readonly TimeSpan MaxBusyTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long a response is awaited in the background. Chosen.</summary>
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(60);

    /// <summary>How long the result of a probe is cached. Chosen.</summary>
    private static readonly TimeSpan CacheDuration = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The number of addresses from which on the cache is cleared, which bounds its memory. Chosen: a process uses one
    /// or two.
    /// </summary>
    private const int MaxAddresses = 100;

    private static readonly ConcurrentDictionary<Uri, ImdsProbe> ByAddress = new();

    private readonly object _gate = new();
    private readonly Uri _address;
    private readonly Uri _request;
    private TimeSpan? _answeredAt;
    private Absence? _absence;
    private Attempt? _latest;

    private ImdsProbe(Uri address) => (_address, _request) = (address, new Uri(address, Imds.TokenPath));

    private static TimeSpan Now => Clock.Elapsed;

    /// <summary>Returns the probe for an address, which is shared by all callers.</summary>
    public static ImdsProbe At(Uri address)
    {
        if (ByAddress.Count >= MaxAddresses)
            ByAddress.Clear();
        return ByAddress.GetOrAdd(address, one => new ImdsProbe(one));
    }

    /// <summary>Clears all cached results.</summary>
    public static void Clear() => ByAddress.Clear();

    /// <summary>Verifies that the service answers.</summary>
    /// <param name="request">The request for a token, with the deadline of the caller.</param>
    /// <param name="waiters">The callers that wait for the token.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="TokenException">The service does not answer, or something else does.</exception>
    public async Task FindAsync(TokenRequest request, Waiters waiters, CancellationToken cancellationToken)
    {
        // An https address was configured on purpose, and the probe does not support TLS.
        if (_address.Scheme != Uri.UriSchemeHttp)
            return;

        TimeSpan timeout = TimeoutFor(request);
        if (!request.ForceRefresh && IsKnown(timeout))
            return;

        waiters.Progress($"Looking for a managed identity at {_address.Host}");
        TimeSpan began = Now;
        TimeSpan limit = UpdateLimitFor(request, timeout);
        for (int retry = 1; ; retry++)
        {
            ProbeResult? result = await AskAsync(timeout, waiters, cancellationToken).ConfigureAwait(false);
            if (HasAnsweredSince(began))
                return;
            if (result is null)
                throw NotFound(
                    $"the metadata service at {_address.Host} did not answer within {timeout.TotalSeconds:0.0} "
                        + "seconds",
                    // On an Azure virtual machine, the failure is not cached.
                    AzureVmDetector.IsLikely ? TimeSpan.Zero : timeout);

            string other = $"what answers at {_address.Host} ({(result.IsPage ? "with a web page, " : string.Empty)}"
                + $"HTTP {result.Status}) is not Azure's metadata service";
            if (result.Verdict == ProbeVerdict.Other)
                throw NotFound(other, TimeSpan.Zero);
            if (ImdsRetry.DelayBefore(result.Status, retry, limit - (Now - began)) is not { } delay)
                throw NotFound(other, timeout);

            waiters.Verbose(
                $"{_address.Host} may be Azure's metadata service while it is being updated. It is asked again in "
                    + $"{delay.TotalSeconds:0.0} s.");
            await Clock.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Returns the timeout of one probe.</summary>
    internal static TimeSpan TimeoutFor(TokenRequest request)
    {
        TimeSpan usual = AzureVmDetector.IsLikely ? AzureVmTimeout
            : request.HasAlternatives ? ChainTimeout
            : DefaultTimeout;
        if (request.CallerTimeout is not { } own)
            return usual;

        // In a chain, most of the time is left to the next members.
        TimeSpan share = request.HasAlternatives ? TimeSpan.FromTicks(own.Ticks / 10) : own - Reserve;
        TimeSpan timeout = Longer(usual, Shorter(share, MaxTimeout));
        return own > Reserve ? Shorter(timeout, own - Reserve) : timeout;
    }

    private static TimeSpan UpdateLimitFor(TokenRequest request, TimeSpan timeout)
    {
        TimeSpan limit = Longer(timeout, UpdateLimit);
        return request.CallerTimeout is { } own ? Shorter(limit, own - Reserve) : limit;
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Whether a cached result says that the service answers. False if there is no cached result.</summary>
    /// <param name="timeout">
    /// The timeout of the caller. A failure that was found with a shorter one does not count.
    /// </param>
    /// <exception cref="TokenException">A cached result says that the service does not answer.</exception>
    private bool IsKnown(TimeSpan timeout)
    {
        Absence absence;
        lock (_gate)
        {
            if (_answeredAt + CacheDuration > Now)
                return true;
            if (_absence is not { } known || known.Timeout < timeout || known.At + CacheDuration <= Now)
                return false;

            absence = known;
            // Probe again in the background, in case the service has become available.
            if (_latest is not { Answer.IsCompleted: false })
                Begin(timeout);
        }

        throw absence.ToException();
    }

    private bool HasAnsweredSince(TimeSpan time)
    {
        lock (_gate)
            return _answeredAt >= time;
    }

    /// <summary>Caches the failure, and creates the exception for it.</summary>
    /// <param name="reason">What happened instead.</param>
    /// <param name="timeout">The timeout up to which callers get the cached failure; zero to not cache it.</param>
    private TokenException NotFound(string reason, TimeSpan timeout)
    {
        var absence = new Absence(Now, timeout, reason);
        lock (_gate)
        {
            if (timeout > TimeSpan.Zero)
                _absence = absence;
        }

        return Imds.Missing(reason, Absence.RecommendedAction);
    }

    /// <summary>
    /// Sends a probe, or joins the one in flight, and waits for the response; null after the timeout.
    /// </summary>
    /// <exception cref="TokenException">The address cannot be reached.</exception>
    private async Task<ProbeResult?> AskAsync(TimeSpan timeout, Waiters waiters, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        Attempt attempt = Join(timeout);
        try
        {
            if (await IsInTimeAsync(attempt.Answer, timeout, watch, cancellationToken).ConfigureAwait(false))
            {
                ProbeResult result = await attempt.Answer.ConfigureAwait(false);
                waiters.Verbose($"GET {_request}: {result.Status} in {watch.ElapsedMilliseconds} ms");
                return result;
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            throw NotFound($"the metadata service at {_address.Host} cannot be reached", TimeSpan.Zero);
        }

        waiters.Verbose($"GET {_request}: no answer in {watch.ElapsedMilliseconds} ms");
        attempt.IsGivenUp = true;
        return null;
    }

    private static async Task<bool> IsInTimeAsync(
        Task answer, TimeSpan timeout, Stopwatch watch, CancellationToken cancellationToken)
    {
        TimeSpan end = timeout;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        while (true)
        {
            await Task.WhenAny(answer, Task.Delay(Longer(end - watch.Elapsed, TimeSpan.Zero), over.Token))
                .ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            TimeSpan now = watch.Elapsed;
            if (answer.IsCompleted || now - end < BusyThreshold || now > Longer(timeout, MaxBusyTimeout))
            {
                over.Cancel();
                return answer.IsCompleted;
            }

            // The timer itself was late, so the machine is busy, and the silence says nothing about the service. Wait
            // again.
            end = now + timeout;
        }
    }

    /// <summary>Joins the probe in flight if its timeout is at least as long, or starts one.</summary>
    private Attempt Join(TimeSpan timeout)
    {
        lock (_gate)
        {
            bool isUnderWay = _latest is { Answer.IsCompleted: false, IsGivenUp: false };
            return isUnderWay && _latest!.Timeout >= timeout ? _latest : Begin(timeout);
        }
    }

    private Attempt Begin(TimeSpan timeout)
    {
        _latest = new Attempt(ProbeAsync(), timeout);
        _latest.Answer.Forget();
        return _latest;
    }

    /// <summary>
    /// Sends the probe over a socket, because on a busy machine the JIT compilation of the first request of an HTTP
    /// library can take longer than the timeout, and because a proxy must never see it. Without the Metadata header the
    /// service refuses the request at once and returns no token.
    /// </summary>
    private async Task<ProbeResult> ProbeAsync()
    {
        using var client = new TcpClient();
        using var over = new CancellationTokenSource(ResponseTimeout);
        using (over.Token.Register(client.Dispose))
        {
            await client.ConnectAsync(_address.Host, _address.Port).ConfigureAwait(false);
            NetworkStream stream = client.GetStream();
            using var writer = new StreamWriter(stream, Encoding.ASCII);
            await writer
                .WriteAsync(
                    $"GET {Imds.TokenPath}?api-version=2018-02-01 HTTP/1.1\r\nHost: {_address.Authority}\r\n"
                        + "Connection: close\r\n\r\n")
                .ConfigureAwait(false);
            await writer.FlushAsync().ConfigureAwait(false);
            ProbeResult result = await ProbeResult.ReadAsync(stream).ConfigureAwait(false);

            // On an Azure virtual machine, 404 means that the service is being updated.
            if (result.Verdict == ProbeVerdict.Imds
                || (result.Verdict == ProbeVerdict.Unclear && AzureVmDetector.IsLikely))
            {
                lock (_gate)
                    (_answeredAt, _absence) = (Now, null);
            }

            return result;
        }
    }

    /// <summary>A probe in flight, or its result.</summary>
    private sealed class Attempt(Task<ProbeResult> answer, TimeSpan timeout)
    {
        public Task<ProbeResult> Answer { get; } = answer;

        /// <summary>How long callers wait for it.</summary>
        public TimeSpan Timeout { get; } = timeout;

        /// <summary>Whether a caller has timed out on it. The response is still awaited in the background.</summary>
        public volatile bool IsGivenUp;
    }

    /// <summary>A cached failure: nothing answered, or something that is not the service.</summary>
    /// <param name="At">When that was found, as a time of <see cref="Clock.Elapsed"/>.</param>
    /// <param name="Timeout">The timeout up to which callers get this failure.</param>
    /// <param name="Reason">What happened instead.</param>
    private sealed record Absence(TimeSpan At, TimeSpan Timeout, string Reason)
    {
        public const string RecommendedAction =
            "Run this on an Azure resource that has a managed identity, or sign in another way, such as -AzureCli. "
                + "Where the metadata service is only slow, use -ManagedIdentity and give it longer with -TimeoutSec.";

        public TokenException ToException()
        {
            DateTimeOffset at = DateTimeOffset.UtcNow - (Now - At);
            return Imds.Missing(
                $"{Reason}. That was at {at:u}; it is not waited for again before {at + CacheDuration:u}, or with "
                    + "-ForceRefresh",
                RecommendedAction);
        }
    }
}
