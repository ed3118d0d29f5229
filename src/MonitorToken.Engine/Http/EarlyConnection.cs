using Azure.Core;
using Azure.Core.Pipeline;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Name, connection, proxy and TLS take about as long as the library takes to be loaded. So the process's first
/// connection is begun before it is needed. No request goes out on it: a request is what makes the runtime connect, but
/// it is withdrawn at once, and the connection stays for the next one. .NET Framework closes it, so there it is left out.
/// </summary>
internal static class EarlyConnection
{
    private static int _begun;

    /// <param name="transport">What the requests are going to be made with.</param>
    /// <param name="host">Where they will go.</param>
    public static void Begin(HttpPipelineTransport transport, Uri host)
    {
        if (Environment.Version.Major >= 5 && Interlocked.Exchange(ref _begun, 1) == 0)
            Task.Run(() => ConnectAsync(transport, host)).Forget();
    }

    private static async Task ConnectAsync(HttpPipelineTransport transport, Uri host)
    {
        var pipeline = new HttpPipeline(transport);
        using HttpMessage message = pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Head;
        message.Request.Uri.Reset(host);
        using var withdrawn = new CancellationTokenSource();
        Task sent = pipeline.SendAsync(message, withdrawn.Token).AsTask();
        withdrawn.Cancel();
        await sent.ConfigureAwait(false);
    }
}
