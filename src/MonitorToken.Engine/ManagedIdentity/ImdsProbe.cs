using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// Probes whether the Azure Instance Metadata Service (IMDS) responds at an endpoint. Outside Azure, packets to its
/// well-known IP address are often dropped without an error, so the probe has a short timeout and its failure is cached
/// (negative caching). The response is still awaited in the background, so that a slow service is known for the next
/// call.
/// </summary>
internal sealed class ImdsProbe
{
    private const string TokenPath = "/metadata/identity/oauth2/token";

    /// <summary>The timeout on an Azure virtual machine. Chosen: IMDS is slow only after a boot.</summary>
    private static readonly TimeSpan AzureVmTimeout = TimeSpan.FromSeconds(3);

    /// <summary>The timeout on any other machine; the same as in Azure.Identity.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The timeout in a chain, which starts its next member in the meantime. Chosen.</summary>
    private static readonly TimeSpan ChainTimeout = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest timeout that a caller can set; the same as for one attempt in RetryHandler.</summary>
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromSeconds(30);

    /// <summary>How long HTTP 404 is retried at an endpoint that isn't confirmed to be IMDS. Chosen.</summary>
    private static readonly TimeSpan UpdateLimit = TimeSpan.FromSeconds(6);

    /// <summary>Subtracted from the caller's timeout, to report the reason instead of a timeout. Chosen.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromMilliseconds(500);

    /// <summary>The delay of a timer from which on the machine is considered busy. Chosen.</summary>
    private static readonly TimeSpan BusyThreshold = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest total timeout on a busy machine, unless the caller has set a longer one. Chosen.</summary>
    private static readonly TimeSpan MaxBusyTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long a response is awaited in the background. Chosen.</summary>
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(60);

    /// <summary>How long the result of a probe is cached. Chosen.</summary>
    private static readonly TimeSpan CacheDuration = TimeSpan.FromMinutes(5);

    /// <summary>The number of endpoints at which the cache is cleared; a process uses one or two. Chosen.</summary>
    private const int MaxAddresses = 100;

    private static readonly ConcurrentDictionary<Uri, ImdsProbe> ByAddress = new();

    private readonly object _gate = new();
    private readonly Uri _address;
    private TimeSpan? _answeredAt;
    private Absence? _absence;
    private Attempt? _latest;

    private ImdsProbe(Uri address) => _address = address;

    /// <summary>Returns the probe for an endpoint, which is shared by all callers.</summary>
    public static ImdsProbe At(Uri address)
    {
        if (ByAddress.Count >= MaxAddresses)
            ByAddress.Clear();
        return ByAddress.GetOrAdd(address, one => new ImdsProbe(one));
    }

    /// <summary>Clears all cached results.</summary>
    public static void Clear() => ByAddress.Clear();

    /// <summary>Verifies that the service answers.</summary>
    /// <exception cref="TokenException">The service does not answer, or another server does.</exception>
    public async Task FindAsync(TokenRequest request, Waiters waiters, CancellationToken cancellationToken)
    {
        // An https endpoint was configured on purpose, and the probe does not support TLS.
        if (_address.Scheme != Uri.UriSchemeHttp)
            return;

        TimeSpan timeout = TimeoutFor(request);
        if (!request.ForceRefresh && IsKnown(timeout))
            return;

        waiters.Progress($"Looking for a managed identity at {_address.Host}");
        TimeSpan began = Clock.Elapsed;
        TimeSpan limit = Longer(timeout, UpdateLimit);
        if (request.CallerTimeout is { } own)
            limit = Shorter(limit, own - Reserve);
        for (int retry = 1; ; retry++)
        {
            ProbeResult? result = await AskAsync(timeout, waiters, cancellationToken).ConfigureAwait(false);
            if (HasAnsweredSince(began))
                return;
            if (result is null)
                throw NotFound(
                    $"the metadata service at {_address.Host} didn't respond within {timeout.TotalSeconds:0.0} "
                        + "seconds",
                    // On an Azure virtual machine, the failure is not cached.
                    AzureVmDetector.IsLikely ? TimeSpan.Zero : timeout);

            string other = $"the response from {_address.Host} ({(result.IsPage ? "a web page, " : string.Empty)}"
                + $"HTTP {result.Status}) isn't from Azure's metadata service";
            if (result.Verdict == ProbeVerdict.Other)
                throw NotFound(other, TimeSpan.Zero);
            if (ImdsRetry.DelayBefore(result.Status, retry, limit - (Clock.Elapsed - began)) is not { } delay)
                throw NotFound(other, timeout);

            waiters.Verbose(
                $"{_address.Host} may be Azure's metadata service while it's being updated. The next probe is in "
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

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>
    /// Whether a cached result says that the service answers. A cached failure counts only if its timeout was at least
    /// as long.
    /// </summary>
    /// <exception cref="TokenException">A cached result says that the service does not answer.</exception>
    private bool IsKnown(TimeSpan timeout)
    {
        TimeSpan now = Clock.Elapsed;
        Absence absence;
        lock (_gate)
        {
            if (_answeredAt + CacheDuration > now)
                return true;
            if (_absence is not { } known || known.Timeout < timeout || known.At + CacheDuration <= now)
                return false;

            absence = known;
            // Probe again in the background, in case the service has become available.
            if (_latest is not { Answer.IsCompleted: false })
                Begin(timeout);
        }

        DateTimeOffset at = DateTimeOffset.UtcNow - (now - absence.At);
        throw Missing(
            $"{absence.Reason}. This is the cached result of {at:u}, which is used until {at + CacheDuration:u}. "
                + "-ForceRefresh probes again");
    }

    private bool HasAnsweredSince(TimeSpan time)
    {
        lock (_gate)
            return _answeredAt >= time;
    }

    /// <summary>
    /// Creates the exception for a failure, and caches it for callers with at most this timeout; zero to not cache it.
    /// </summary>
    private TokenException NotFound(string reason, TimeSpan timeout)
    {
        lock (_gate)
        {
            if (timeout > TimeSpan.Zero)
                _absence = new Absence(Clock.Elapsed, timeout, reason);
        }

        return Missing(reason);
    }

    private static TokenException Missing(string reason) =>
        TokenErrors.Unavailable(
            "ManagedIdentity",
            $"There's no managed identity here: {reason}.",
            "Run this on an Azure resource with a managed identity, or sign in another way, such as -AzureCli. If "
                + "the metadata service is only slow, use -ManagedIdentity and increase -TimeoutSec.");

    /// <summary>
    /// Sends a probe, or joins the one in flight, and waits for the response; null after the timeout.
    /// </summary>
    /// <exception cref="TokenException">The endpoint can't be reached.</exception>
    private async Task<ProbeResult?> AskAsync(TimeSpan timeout, Waiters waiters, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        Attempt attempt = Join(timeout);
        string line = $"GET {new Uri(_address, TokenPath)}:";
        try
        {
            if (await IsInTimeAsync(attempt.Answer, timeout, watch, cancellationToken).ConfigureAwait(false))
            {
                ProbeResult result = await attempt.Answer.ConfigureAwait(false);
                waiters.Verbose($"{line} {result.Status} in {watch.ElapsedMilliseconds} ms");
                return result;
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            throw NotFound($"the metadata service at {_address.Host} can't be reached", TimeSpan.Zero);
        }

        waiters.Verbose($"{line} no response in {watch.ElapsedMilliseconds} ms");
        attempt.IsGivenUp = true;
        return null;
    }

    private static async Task<bool> IsInTimeAsync(
        Task answer, TimeSpan timeout, Stopwatch watch, CancellationToken cancellationToken)
    {
        TimeSpan end = timeout;
        while (true)
        {
            await Task.WhenAny(answer, Task.Delay(Longer(end - watch.Elapsed, TimeSpan.Zero), cancellationToken))
                .ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            TimeSpan now = watch.Elapsed;
            if (answer.IsCompleted || now - end < BusyThreshold || now > Longer(timeout, MaxBusyTimeout))
                return answer.IsCompleted;

            // The timer itself was late: the machine is busy, so the timeout says nothing about the service.
            end = now + timeout;
        }
    }

    /// <summary>Joins the probe in flight if its timeout is at least as long, or starts one.</summary>
    private Attempt Join(TimeSpan timeout)
    {
        lock (_gate)
        {
            return _latest is { Answer.IsCompleted: false, IsGivenUp: false } latest && latest.Timeout >= timeout
                ? latest
                : Begin(timeout);
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
            using var writer = new StreamWriter(client.GetStream(), Encoding.ASCII) { AutoFlush = true };
            await writer
                .WriteAsync(
                    $"GET {TokenPath}?api-version=2018-02-01 HTTP/1.1\r\nHost: {_address.Authority}\r\n"
                        + "Connection: close\r\n\r\n")
                .ConfigureAwait(false);
            ProbeResult result = await ProbeResult.ReadAsync(writer.BaseStream).ConfigureAwait(false);

            // On an Azure virtual machine, 404 means that the service is being updated.
            if (result.Verdict == ProbeVerdict.Imds
                || (result.Verdict == ProbeVerdict.Unclear && AzureVmDetector.IsLikely))
            {
                lock (_gate)
                    (_answeredAt, _absence) = (Clock.Elapsed, null);
            }

            return result;
        }
    }

    /// <summary>A probe in flight, or its result.</summary>
    private sealed record Attempt(Task<ProbeResult> Answer, TimeSpan Timeout)
    {
        /// <summary>Whether a caller has timed out on it. The response is still awaited in the background.</summary>
        public volatile bool IsGivenUp;
    }

    /// <summary>A cached failure: nothing answered, or a server other than the service.</summary>
    /// <param name="At">When the probe failed, as a time of <see cref="Clock.Elapsed"/>.</param>
    /// <param name="Timeout">The timeout up to which callers get this failure.</param>
    /// <param name="Reason">What happened instead.</param>
    private sealed record Absence(TimeSpan At, TimeSpan Timeout, string Reason);
}
