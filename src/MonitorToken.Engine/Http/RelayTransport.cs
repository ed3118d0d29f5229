using Azure.Core;
using Azure.Core.Pipeline;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Has our own pipeline make the requests of a library's. The libraries differ in what they leave of the options that
/// they are given, above all for managed identities; a transport they all keep.
/// </summary>
internal sealed class RelayTransport(HttpPipeline pipeline, HttpPipelineTransport transport) : HttpPipelineTransport
{
    public override Request CreateRequest() => transport.CreateRequest();

    public override void Process(HttpMessage message) => ProcessAsync(message).AsTask().GetAwaiter().GetResult();

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        // The request stays the library's: it is not disposed of here.
        var relayed = new HttpMessage(message.Request, message.ResponseClassifier);
        await pipeline.SendAsync(relayed, message.CancellationToken).ConfigureAwait(false);
        message.Response = new UnrememberedResponse(relayed.Response);
    }
}
