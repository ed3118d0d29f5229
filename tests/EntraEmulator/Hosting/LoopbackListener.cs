using System.Net;
using System.Net.Sockets;

namespace MonitorToken.EntraEmulator;

/// <summary>A bare TCP server on a loopback port of the system's choice.</summary>
internal sealed class LoopbackListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<Stream, CancellationToken, Task> _serve;
    private readonly Task _accepting;

    public LoopbackListener(Func<Stream, CancellationToken, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stopping.Token);
                socket.NoDelay = true;
                _ = ServeAsync(new NetworkStream(socket, ownsSocket: true), _stopping.Token);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(NetworkStream client, CancellationToken stopping)
    {
        await using (client)
        {
            try
            {
                await _serve(client, stopping);
            }
            catch (Exception end) when (
                end is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
            {
                // The client left, or we do; either way nobody is there to be told.
            }
        }
    }
}
