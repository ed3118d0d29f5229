#if NET
using Azure.Core;
#endif
using Azure.Core.Pipeline;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Name, connection, proxy and TLS take about as long as the library takes to be loaded. So the process's first
/// connection is begun before it is needed. Only a request makes the runtime connect, but this one is withdrawn at once
/// and never written, and the connection stays for the next. .NET Framework closes it, so there it is left out.
/// </summary>
internal static class EarlyConnection
{
#if NET
    private static int _begun;
#endif

    /// <param name="transport">What the requests are going to be made with.</param>
    /// <param name="host">Where they will go.</param>
    public static void Begin(HttpPipelineTransport transport, Uri host)
    {
#if NET
        if (Interlocked.Exchange(ref _begun, 1) == 0)
            Task.Run(() => ConnectAsync(transport, host)).Forget();
#endif
    }

#if NET
    private static async Task ConnectAsync(HttpPipelineTransport transport, Uri host)
    {
        using var withdrawn = new CancellationTokenSource();
        var pipeline = new HttpPipeline(transport);
        using HttpMessage message = pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Post;
        message.Request.Uri.Reset(host);
        message.Request.Content = new NeverWritten(withdrawn.Token);
        Task sent = pipeline.SendAsync(message, withdrawn.Token).AsTask();
        await withdrawn.CancelAsync().ConfigureAwait(false);
        await sent.ConfigureAwait(false);
    }

    /// <summary>
    /// Should there be a connection already, its head waits for the content before it goes out, and that never comes.
    /// </summary>
    private sealed class NeverWritten(CancellationToken withdrawn) : RequestContent
    {
        public override bool TryComputeLength(out long length)
        {
            length = 1;
            return true;
        }

        public override Task WriteToAsync(Stream stream, CancellationToken cancellation) =>
            Task.Delay(Timeout.Infinite, withdrawn);

        public override void WriteTo(Stream stream, CancellationToken cancellation) =>
            throw new OperationCanceledException();

        public override void Dispose()
        {
        }
    }
#endif
}
