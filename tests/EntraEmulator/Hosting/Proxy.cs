using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The proxy that brings unmodified clients here: a tunnel to any emulated host ends at the emulator's own HTTPS
/// listener, and plain HTTP to the emulator's own HTTP listener is handed on, as proxies do it; so is what is asked of
/// Azure's metadata service at its fixed address. All else is refused and recorded, so that a test can show that nothing
/// else was asked for. What came this way is recorded as such: a client that must not send a request through a proxy is
/// caught though it is answered.
/// </summary>
public sealed class Proxy
{
    private readonly Emulator _emulator;
    private readonly ConcurrentDictionary<int, bool> _brought = new();

    internal Proxy(Emulator emulator) => _emulator = emulator;

    /// <summary>Whom it lets through; null for everybody. Others are asked for a password, with 407.</summary>
    public NetworkCredential? Credential { get; set; }

    /// <summary>Whether the connection from this port is one that it has made.</summary>
    internal bool HasBrought(int port) => _brought.ContainsKey(port);

    internal async Task ServeAsync(Stream client, CancellationToken stopping)
    {
        if (await RequestHead.ReadAsync(client, stopping) is not { } head)
            return;

        RecordedRequest request = head.Record(Listener.Proxy);
        if (Credential is not null && head.Headers.GetValueOrDefault("Proxy-Authorization") != Basic(Credential))
        {
            var headers = new Dictionary<string, string> { ["Proxy-Authenticate"] = "Basic realm=\"emulator\"" };
            await RefuseAsync(
                client,
                request,
                new Fault { Status = 407, Body = "The proxy wants a password.\n", Headers = headers },
                stopping);
            return;
        }

        if (_emulator.Faults.Take(request) is { } fault)
        {
            await Task.Delay(fault.Hang ? Timeout.Infinite : fault.DelayMs, stopping);
            if (fault is { Drop: true } or { Status: not null } or { HasBody: true })
            {
                await RefuseAsync(client, request, fault, stopping);
                return;
            }
        }

        if (head.Method == "CONNECT" && head.Target.Split(':') is [var host, "443"] && Hosts.AreEmulated(host))
        {
            await ConnectAsync(
                client, _emulator.HttpsAddress.Port, "HTTP/1.1 200 Connection established\r\n\r\n", null, stopping);
            return;
        }

        if (Uri.TryCreate(head.Target, UriKind.Absolute, out Uri? url) && (IsOurs(url) || IsMetadata(url)))
        {
            await ConnectAsync(client, _emulator.HttpAddress.Port, null, head.ToOrigin(url), stopping);
            return;
        }

        string text = $"The Entra emulator does not stand in for {request.Host} and connects to nothing else.\n";
        await RefuseAsync(client, request, new Fault { Status = 502, Body = text }, stopping);
    }

    private static string Basic(NetworkCredential credential) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}"));

    private bool IsOurs(Uri url) =>
        url.Scheme == "http" && Hosts.Loopback.Contains(url.Host) && url.Port == _emulator.HttpAddress.Port;

    private static bool IsMetadata(Uri url) =>
        url is { Scheme: "http", Host: Hosts.Metadata, IsDefaultPort: true }
        && url.AbsolutePath.StartsWith(Hosts.MetadataPath, StringComparison.OrdinalIgnoreCase);

    private async Task ConnectAsync(
        Stream client, int port, string? toClient, string? toEmulator, CancellationToken stopping)
    {
        using var emulator = new TcpClient { NoDelay = true };
        await emulator.ConnectAsync(IPAddress.Loopback, port, stopping);
        int from = ((IPEndPoint)emulator.Client.LocalEndPoint!).Port;
        _brought[from] = true;
        try
        {
            if (toClient is not null)
                await client.WriteAsync(Encoding.ASCII.GetBytes(toClient), stopping);
            if (toEmulator is not null)
                await emulator.GetStream().WriteAsync(Encoding.ASCII.GetBytes(toEmulator), stopping);
            await PipeAsync(client, emulator.GetStream(), stopping);
        }
        finally
        {
            _brought.TryRemove(from, out _);
        }
    }

    // When either side ends, so does the tunnel: nothing of HTTP needs a half-open connection, and an aborted answer
    // must
    // look aborted.
    private static async Task PipeAsync(Stream client, NetworkStream emulator, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task up = client.CopyToAsync(emulator, ended.Token);
        Task down = emulator.CopyToAsync(client, ended.Token);
        await Task.WhenAny(up, down);
        await ended.CancelAsync();
        await Task.WhenAll(up, down).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RefuseAsync(Stream client, RecordedRequest request, Fault fault, CancellationToken stopping)
    {
        if (fault.Drop)
        {
            _emulator.Requests.Add(request);
            return;
        }

        int status = fault.Status ?? 200;
        request.StatusCode = status;
        _emulator.Requests.Add(request);

        var body = FaultBody.Of(fault);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["Content-Type"] = body.ContentType,
            ["Content-Length"] = $"{body.Length}",
            ["Connection"] = "close",
        };
        foreach ((string name, string value) in fault.Headers ?? new Dictionary<string, string>())
            headers[name] = value;
        string lines = string.Concat(headers.Select(header => $"{header.Key}: {header.Value}\r\n"));
        string head = $"HTTP/1.1 {status} {ReasonPhrases.GetReasonPhrase(status)}\r\n{lines}\r\n";
        await client.WriteAsync(Encoding.ASCII.GetBytes(head), stopping);
        await body.SpoilAsync(client, fault, stopping);
    }
}
