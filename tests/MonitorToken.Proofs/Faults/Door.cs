using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken.Proofs.Faults;

/// <summary>How a door fails before there is any HTTP.</summary>
internal enum DoorFault
{
    Refused,
    ResetInHandshake,
    SilentInHandshake,
    NoTls,
    UnknownAuthority,
    WrongName,
    Expired,
}

/// <summary>
/// A loopback port in front of the emulator that fails in the ways that a web server does not know: below TLS and in
/// it. Once mended it leads to the emulator.
/// </summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _target;
    private readonly Keys _keys;
    private DoorFault? _fault;
    private Task _accepting = Task.CompletedTask;

    public Door(int target, DoorFault fault, Keys keys)
    {
        (_target, _fault, _keys) = (target, fault, keys);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        // A port that is taken but not listened to refuses connections.
        if (fault != DoorFault.Refused)
            Listen();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Mend()
    {
        if (_fault == DoorFault.Refused)
            Listen();
        _fault = null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private void Listen()
    {
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptAsync(_stopping.Token), _fault);
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The row is over.
        }
    }

    private async Task ServeAsync(Socket client, DoorFault? fault)
    {
        using (client)
        {
            try
            {
                await using var stream = new NetworkStream(client);
                await (fault is { } how ? FailAsync(client, stream, how) : LeadAsync(stream));
            }
            catch (Exception end) when (
                end is IOException or SocketException or OperationCanceledException or AuthenticationException
                    or ObjectDisposedException)
            {
                // The client has left, as it should.
            }
        }
    }

    private async Task FailAsync(Socket client, NetworkStream stream, DoorFault fault)
    {
        switch (fault)
        {
            case DoorFault.ResetInHandshake:
                await stream.ReadExactlyAsync(new byte[5], _stopping.Token);
                client.LingerState = new LingerOption(true, 0);
                return;
            case DoorFault.SilentInHandshake:
                await stream.CopyToAsync(Stream.Null, _stopping.Token);
                return;
            case DoorFault.NoTls:
                await stream.ReadExactlyAsync(new byte[5], _stopping.Token);
                await stream.WriteAsync(
                    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray(),
                    _stopping.Token);
                return;
            default:
                X509Certificate2 certificate =
                    fault == DoorFault.UnknownAuthority ? _keys.OfUnknownAuthority
                    : fault == DoorFault.WrongName ? _keys.OfAnotherHost
                    : _keys.Expired;
                await using (var tls = new SslStream(stream))
                {
                    await tls.AuthenticateAsServerAsync(certificate);
                    // Nobody comes this far.
                    await tls.CopyToAsync(Stream.Null, _stopping.Token);
                }

                return;
        }
    }

    private async Task LeadAsync(NetworkStream client)
    {
        using var emulator = new TcpClient { NoDelay = true };
        await emulator.ConnectAsync(IPAddress.Loopback, _target, _stopping.Token);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        Task up = client.CopyToAsync(emulator.GetStream(), ended.Token);
        Task down = emulator.GetStream().CopyToAsync(client, ended.Token);
        await Task.WhenAny(up, down);
        await ended.CancelAsync();
        await Task.WhenAll(up, down).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
