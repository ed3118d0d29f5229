using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The proxy that brings unmodified clients here: a tunnel to any emulated host ends at the emulator's own HTTPS
/// listener. All else is refused and recorded, so that a test can show that nothing else was asked for.
/// </summary>
internal static class ConnectProxy
{
    public static async Task ServeAsync(Stream client, int httpsPort, RequestLog log, CancellationToken stopping)
    {
        if (await RequestHead.ReadAsync(client, stopping) is not { } head)
            return;

        string[] target = head.Target.Split(':');
        if (head.Method != "CONNECT" || target is not [var host, "443"] || !Hosts.AreEmulated(host))
        {
            RecordedRequest refused = head.Record(Listener.Proxy);
            refused.StatusCode = 502;
            log.Add(refused);
            await RefuseAsync(client, refused.Host, stopping);
            return;
        }

        using var emulator = new TcpClient { NoDelay = true };
        await emulator.ConnectAsync(IPAddress.Loopback, httpsPort, stopping);
        await client.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), stopping);
        await PipeAsync(client, emulator.GetStream(), stopping);
    }

    // When either side ends, so does the tunnel: nothing of HTTP needs a half-open connection, and an aborted answer must look aborted.
    private static async Task PipeAsync(Stream client, NetworkStream emulator, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task up = client.CopyToAsync(emulator, ended.Token);
        Task down = emulator.CopyToAsync(client, ended.Token);
        await Task.WhenAny(up, down);
        await ended.CancelAsync();
        await Task.WhenAll(up, down).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task RefuseAsync(Stream client, string host, CancellationToken stopping)
    {
        string text = $"The Entra emulator does not stand in for {host} and connects to nothing else.\n";
        string answer = $"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n{text}";
        await client.WriteAsync(Encoding.ASCII.GetBytes(answer), stopping);
    }
}
