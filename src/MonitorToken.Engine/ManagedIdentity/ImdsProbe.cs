using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using MonitorToken.Engine.Memory;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// Finds out whether the metadata service answers at an address. Outside of Azure that address often swallows what is
/// sent to it, so a probe is given little time before a token is asked for, and its silence is remembered. The answer
/// is listened for all the same: a service that was only slow is known from then on.
/// </summary>
internal sealed class ImdsProbe
{
    /// <summary>
    /// On an Azure virtual machine: there it answers in milliseconds, but not always in the first seconds of a boot.
    /// </summary>
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(3);

    /// <summary>On any other machine.</summary>
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(1);

    /// <summary>The same where others follow, of which a developer's tool has been started meanwhile.</summary>
    private static readonly TimeSpan Hasty = TimeSpan.FromMilliseconds(500);

    /// <summary>The most that a caller's own timeout makes of it, which is what any request is given.</summary>
    private static readonly TimeSpan MostPatient = TimeSpan.FromSeconds(30);

    /// <summary>How long 404 is taken for the update of a service of which nothing else is known.</summary>
    private static readonly TimeSpan Update = TimeSpan.FromSeconds(6);

    /// <summary>Kept back from the caller's time, so that the reason is told before the time is up.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromMilliseconds(500);

    /// <summary>A timer that is later than this tells that the machine is busy.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(50);

    /// <summary>As long as a busy machine is given at most, where the caller has not asked for more.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>How long an answer is listened for in the background.</summary>
    private static readonly TimeSpan Listening = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);

    /// <summary>More addresses than this are no sign of anything but of a memory that must be emptied.</summary>
    private const int MostAddresses = 100;

    private static readonly ConcurrentDictionary<Uri, ImdsProbe> ByAddress = new();

    private readonly object _gate = new();
    private readonly Uri _address;
    private readonly Uri _request;
    private TimeSpan? _answeredAt;
    private Absence? _absence;
    private Attempt? _latest;

    private ImdsProbe(Uri address) => (_address, _request) = (address, new Uri(address, Imds.TokenPath));

    private static TimeSpan Now => MonotonicClock.Current.Elapsed;

    public static ImdsProbe At(Uri address)
    {
        if (ByAddress.Count >= MostAddresses)
            ByAddress.Clear();
        return ByAddress.GetOrAdd(address, one => new ImdsProbe(one));
    }

    /// <summary>Forgets what was found out.</summary>
    public static void Forget() => ByAddress.Clear();

    /// <summary>Makes sure that the service answers.</summary>
    /// <exception cref="TokenException">It does not.</exception>
    public async Task FindAsync(TokenRequest request, Party party, CancellationToken cancellationToken)
    {
        // Whoever has moved it to where connections are secure has done so on purpose.
        if (_address.Scheme != Uri.UriSchemeHttp)
            return;

        TimeSpan patience = PatienceFor(request);
        if (!request.ForceRefresh && IsKnown(patience))
            return;

        party.Progress($"Looking for a managed identity at {_address.Host}");
        TimeSpan began = Now;
        TimeSpan limit = UpdateLimitFor(request, patience);
        for (int retry = 1; ; retry++)
        {
            ProbeResult? result = await AskAsync(patience, party, cancellationToken).ConfigureAwait(false);
            if (HasAnsweredSince(began))
                return;
            if (result is null)
                throw NotFound(
                    $"the metadata service at {_address.Host} did not answer within {patience.TotalSeconds:0.0} "
                        + "seconds",
                    // Where it ought to be, it is waited for each time.
                    AzureVmDetector.IsLikely ? TimeSpan.Zero : patience);

            string other = $"what answers at {_address.Host} ({(result.IsPage ? "with a web page, " : string.Empty)}"
                + $"HTTP {result.Status}) is not Azure's metadata service";
            if (result.Verdict == ProbeVerdict.Other)
                throw NotFound(other, TimeSpan.Zero);
            if (ImdsRetry.DelayBefore(result.Status, retry, limit - (Now - began)) is not { } delay)
                throw NotFound(other, patience);

            party.Verbose(
                $"{_address.Host} may be Azure's metadata service while it is being updated. It is asked again in "
                    + $"{delay.TotalSeconds:0.0} s.");
            await MonotonicClock.Current.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>How long one probe may be silent.</summary>
    internal static TimeSpan PatienceFor(TokenRequest request)
    {
        TimeSpan usual = AzureVmDetector.IsLikely ? Patient : request.HasAlternatives ? Hasty : Brief;
        if (request.CallerTimeout is not { } own)
            return usual;

        // Where others follow, most of the caller's time is theirs.
        TimeSpan share = request.HasAlternatives ? TimeSpan.FromTicks(own.Ticks / 10) : own - Reserve;
        TimeSpan patience = Longer(usual, Shorter(share, MostPatient));
        return own > Reserve ? Shorter(patience, own - Reserve) : patience;
    }

    private static TimeSpan UpdateLimitFor(TokenRequest request, TimeSpan patience)
    {
        TimeSpan limit = Longer(patience, Update);
        return request.CallerTimeout is { } own ? Shorter(limit, own - Reserve) : limit;
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Whether it is remembered that the service answers.</summary>
    /// <exception cref="TokenException">It is remembered that it does not.</exception>
    private bool IsKnown(TimeSpan patience)
    {
        Absence absence;
        lock (_gate)
        {
            if (_answeredAt + Remembered > Now)
                return true;
            if (_absence is not { } known || known.Patience < patience || known.At + Remembered <= Now)
                return false;

            absence = known;
            // Nobody waits for it, but it may have come to life.
            if (_latest is not { Answer.IsCompleted: false })
                Begin(patience);
        }

        throw absence.ToException();
    }

    private bool HasAnsweredSince(TimeSpan time)
    {
        lock (_gate)
            return _answeredAt >= time;
    }

    /// <param name="reason">What has come instead.</param>
    /// <param name="patience">How patient a caller must be to ask again soon.</param>
    private TokenException NotFound(string reason, TimeSpan patience)
    {
        var absence = new Absence(Now, patience, reason);
        lock (_gate)
        {
            if (patience > TimeSpan.Zero)
                _absence = absence;
        }

        return Imds.Missing(reason, Absence.RecommendedAction);
    }

    /// <summary>Sends a probe and waits for its answer; null where there is none in time.</summary>
    private async Task<ProbeResult?> AskAsync(TimeSpan patience, Party party, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        Attempt attempt = Join(patience);
        try
        {
            if (await IsInTimeAsync(attempt.Answer, patience, watch, cancellationToken).ConfigureAwait(false))
            {
                ProbeResult result = await attempt.Answer.ConfigureAwait(false);
                party.Verbose($"GET {_request}: {result.Status} in {watch.ElapsedMilliseconds} ms");
                return result;
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            throw NotFound($"the metadata service at {_address.Host} cannot be reached", TimeSpan.Zero);
        }

        party.Verbose($"GET {_request}: no answer in {watch.ElapsedMilliseconds} ms");
        attempt.IsGivenUp = true;
        return null;
    }

    private static async Task<bool> IsInTimeAsync(
        Task answer, TimeSpan patience, Stopwatch watch, CancellationToken cancellationToken)
    {
        TimeSpan end = patience;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        while (true)
        {
            await Task.WhenAny(answer, Task.Delay(Longer(end - watch.Elapsed, TimeSpan.Zero), over.Token))
                .ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            TimeSpan now = watch.Elapsed;
            if (answer.IsCompleted || now - end < Late || now > Longer(patience, Longest))
            {
                over.Cancel();
                return answer.IsCompleted;
            }

            // The timer itself has been late: that tells of a busy machine, and nothing of the service.
            end = now + patience;
        }
    }

    /// <summary>Sends a probe, unless one is under way that is waited for just as patiently.</summary>
    private Attempt Join(TimeSpan patience)
    {
        lock (_gate)
        {
            bool isUnderWay = _latest is { Answer.IsCompleted: false, IsGivenUp: false };
            return isUnderWay && _latest!.Patience >= patience ? _latest : Begin(patience);
        }
    }

    private Attempt Begin(TimeSpan patience)
    {
        _latest = new Attempt(ProbeAsync(), patience);
        _latest.Answer.Forget();
        return _latest;
    }

    /// <summary>
    /// By a bare socket: on a busy machine, a library's first request may take longer to be compiled than the service
    /// is given to answer. Nor does a proxy ever see it. Without its header, the service refuses it at once and gives
    /// no token.
    /// </summary>
    private async Task<ProbeResult> ProbeAsync()
    {
        using var client = new TcpClient();
        using var over = new CancellationTokenSource(Listening);
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

            // On a machine of Azure's, it is the service that is being updated.
            if (result.Verdict == ProbeVerdict.Imds
                || (result.Verdict == ProbeVerdict.Unclear && AzureVmDetector.IsLikely))
            {
                lock (_gate)
                    (_answeredAt, _absence) = (Now, null);
            }

            return result;
        }
    }

    /// <summary>A probe that was sent.</summary>
    private sealed class Attempt(Task<ProbeResult> answer, TimeSpan patience)
    {
        public Task<ProbeResult> Answer { get; } = answer;

        /// <summary>How long it is waited for.</summary>
        public TimeSpan Patience { get; } = patience;

        /// <summary>Whether somebody has waited for it in vain. It is listened for all the same.</summary>
        public volatile bool IsGivenUp;
    }

    /// <summary>That nobody has answered, or somebody else.</summary>
    /// <param name="At">When that was found out.</param>
    /// <param name="Patience">How long was waited.</param>
    /// <param name="Reason">What happened instead.</param>
    private sealed record Absence(TimeSpan At, TimeSpan Patience, string Reason)
    {
        public const string RecommendedAction =
            "Run this on an Azure resource that has a managed identity, or sign in another way, such as -AzureCli. "
                + "Where the metadata service is only slow, use -ManagedIdentity and give it longer with -TimeoutSec.";

        public TokenException ToException()
        {
            DateTimeOffset at = DateTimeOffset.UtcNow - (Now - At);
            return Imds.Missing(
                $"{Reason}. That was at {at:u}; it is not waited for again before {at + Remembered:u}, or with "
                    + "-ForceRefresh",
                RecommendedAction);
        }
    }
}
