#if NET
using System.Net;
#endif

namespace MonitorToken.Engine.Http;

/// <summary>
/// Name, connection, proxy and TLS take about as long as the library takes to be loaded. So the process's first
/// connection is begun before it is needed. Only a request makes the runtime connect, but this one is withdrawn at once
/// and never written, and the connection stays for the next. .NET Framework closes it, so there it is left out.
/// </summary>
internal static class ConnectionWarmup
{
#if NET
    private static int _begun;
#endif

    /// <param name="handler">What the requests are going to be made with.</param>
    /// <param name="host">Where they will go.</param>
    public static void Begin(HttpMessageHandler handler, Uri host)
    {
#if NET
        if (Interlocked.Exchange(ref _begun, 1) == 0)
            Task.Run(() => ConnectAsync(handler, host)).Forget();
#endif
    }

#if NET
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
    /// Should there be a connection already, its head waits for the content before it goes out, and that never comes.
    /// </summary>
    private sealed class NeverWritten(CancellationToken withdrawn) : HttpContent
    {
        protected override bool TryComputeLength(out long length)
        {
            length = 1;
            return true;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            Task.Delay(Timeout.Infinite, withdrawn);
    }
#endif
}
