namespace MonitorToken.Engine.Http;

/// <summary>
/// Opens the first connection of the process while the libraries are still being loaded, because DNS, TCP, proxy and
/// TLS take about as long. The runtime connects only for a request, so one is sent and canceled at once: nothing is
/// written, and the connection stays in the pool for the token request. .NET Framework closes the connection of a
/// canceled request, so there nothing is done.
/// </summary>
internal static class ConnectionWarmup
{
    /// <summary>
    /// Starts to connect, once per process, with the handler whose connection pool the token request will use. Returns
    /// at once and ignores failures.
    /// </summary>
    public static void Begin(HttpMessageHandler handler, Uri host)
    {
#if NET
        if (Interlocked.Exchange(ref _begun, 1) == 0)
            Task.Run(() => ConnectAsync(handler, host)).Forget();
#endif
    }

#if NET
    private static int _begun;

    private static async Task ConnectAsync(HttpMessageHandler handler, Uri host)
    {
        using var withdrawn = new CancellationTokenSource();
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Post, host)
        {
            Content = new NeverWritten(withdrawn.Token),
        };
        Task sent = invoker.SendAsync(request, withdrawn.Token);
        await withdrawn.CancelAsync().ConfigureAwait(false);
        await sent.ConfigureAwait(false);
    }

    /// <summary>
    /// Content that is never written. If the pool already has a connection, the request head is not sent before the
    /// content is, which is canceled first.
    /// </summary>
    private sealed class NeverWritten(CancellationToken withdrawn) : HttpContent
    {
        protected override bool TryComputeLength(out long length)
        {
            length = 1;
            return true;
        }

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            Task.Delay(Timeout.Infinite, withdrawn);
    }
#endif
}
