using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Metadata;

/// <summary>
/// The service that every virtual machine of Azure finds at one address. Elsewhere that address often swallows what is
/// sent to it, so it is asked with little patience first, and its silence is remembered.
/// </summary>
internal sealed class MetadataService
{
    /// <summary>Moves the service, as the library's own variable does.</summary>
    public const string AddressVariable = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

    private const string Path = "/metadata/identity/oauth2/token";

    private static readonly Uri WellKnown = new("http://169.254.169.254");

    /// <summary>
    /// On a machine of Azure's: there it answers in milliseconds, but not always in the first seconds of a boot.
    /// </summary>
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(3);

    /// <summary>On any other machine.</summary>
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(1);

    /// <summary>The same where others follow, of whom a developer's tool has been started meanwhile.</summary>
    private static readonly TimeSpan Hasty = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);

    private static readonly ConcurrentDictionary<Uri, Look> LastLooks = new();

    private readonly Uri _address;

    private MetadataService(Uri address) => _address = address;

    /// <exception cref="TokenException">The variable that moves it holds no address.</exception>
    public static MetadataService Of(Surroundings seen)
    {
        if (seen[AddressVariable] is not { } moved)
            return new MetadataService(WellKnown);

        return Uri.TryCreate(moved, UriKind.Absolute, out Uri? address)
            ? new MetadataService(address)
            : throw NotHere($"{AddressVariable} holds '{moved}', which is no address");
    }

    /// <summary>Forgets what was seen.</summary>
    public static void Forget() => LastLooks.Clear();

    /// <summary>
    /// Makes sure that the service answers. It refuses a request without its header at once; that is all there is to
    /// know.
    /// </summary>
    /// <exception cref="TokenException">It does not.</exception>
    public async Task FindAsync(TokenRequest request, Waiters waiters, CancellationToken cancellationToken)
    {
        TimeSpan patience = AzureMachine.IsLikely ? Patient : request.HasAlternatives ? Hasty : Brief;
        // Who has moved it to where connections are secure has done so on purpose.
        if (_address.Scheme != Uri.UriSchemeHttp)
            return;

        if (!request.ForceRefresh && LastLooks.TryGetValue(_address, out Look? last)
            && last.On > DateTimeOffset.UtcNow - Remembered)
        {
            if (last.HasAnswered)
                return;
            if (last.Patience >= patience)
                throw NotHere($"the metadata service at {_address.Host} did not answer at {last.On:u}, and is asked "
                    + $"again from {last.On + Remembered:u} on, or with -ForceRefresh");
        }

        int status = await AskAsync(patience, waiters, cancellationToken).ConfigureAwait(false);

        // One that has too much to do, is ill or is being renewed is there all the same. Other clouds, containers and
        // proxies answer at the same address too, each in its own way.
        if (status is not (400 or 410 or 429 or 500 or 503))
            throw NotHere($"what answers at {_address.Host} (HTTP {status}) is not Azure's metadata service");

        LastLooks[_address] = new Look(DateTimeOffset.UtcNow, HasAnswered: true, patience);
    }

    private async Task<int> AskAsync(TimeSpan patience, Waiters waiters, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        using var client = new TcpClient();
        try
        {
            waiters.Progress($"Looking for a managed identity at {_address.Host}");
            int status = await StatusAsync(client).UnlessCanceled(deadline.Token).ConfigureAwait(false);
            waiters.Verbose($"GET {new Uri(_address, Path)}: {status} in {clock.ElapsedMilliseconds} ms");
            return status;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            throw NotHere($"the metadata service at {_address.Host} cannot be reached");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Where it ought to be, it is asked anew each time.
            if (!AzureMachine.IsLikely)
                LastLooks[_address] = new Look(DateTimeOffset.UtcNow, HasAnswered: false, patience);
            throw NotHere(
                $"the metadata service at {_address.Host} did not answer within {patience.TotalSeconds:0.0} seconds");
        }
    }

    /// <summary>
    /// The status of its answer, by a bare socket: on a busy machine, a library's first request may take longer to be
    /// compiled than the service is given to answer. Nor does a proxy ever see it.
    /// </summary>
    private async Task<int> StatusAsync(TcpClient client)
    {
        await client.ConnectAsync(_address.Host, _address.Port).ConfigureAwait(false);
        using var writer = new StreamWriter(client.GetStream(), Encoding.ASCII);
        await writer
            .WriteAsync(
                $"GET {Path}?api-version=2018-02-01 HTTP/1.1\r\nHost: "
                    + $"{_address.Authority}\r\nConnection: close\r\n\r\n")
            .ConfigureAwait(false);
        await writer.FlushAsync().ConfigureAwait(false);

        // HTTP/1.1 400 Bad Request
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        string[] words = (await reader.ReadLineAsync().ConfigureAwait(false) ?? string.Empty).Split(' ');
        return words.Length > 1 && words[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int status)
                ? status
                : 0;
    }

    private static TokenException NotHere(string reason) =>
        Failure.Unavailable(
            "ManagedIdentity",
            $"There is no managed identity here: {reason}.",
            "Run this on an Azure resource that has a managed identity, or sign in another way, such as -AzureCli.");

    private sealed record Look(DateTimeOffset On, bool HasAnswered, TimeSpan Patience);
}
