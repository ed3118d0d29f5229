using System.Diagnostics;
using Azure.Core;
using Azure.Core.Pipeline;

namespace MonitorToken.Engine.Http;

/// <summary>Tells of each request: method, address without its query, status, time. Never headers or bodies.</summary>
internal sealed class TracedTransport(HttpPipelineTransport inner, ICaller caller) : HttpPipelineTransport
{
    public override Request CreateRequest() => inner.CreateRequest();

    public override void Process(HttpMessage message) => ProcessAsync(message).AsTask().GetAwaiter().GetResult();

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        RequestUriBuilder uri = message.Request.Uri;
        string request = $"{message.Request.Method} {uri.Scheme}://{uri.Host}{uri.Path.Split('?')[0]}";
        var clock = Stopwatch.StartNew();
        caller.Progress($"Waiting for {uri.Host}");
        try
        {
            await inner.ProcessAsync(message).ConfigureAwait(false);
            caller.Verbose($"{request}: {message.Response.Status} in {clock.ElapsedMilliseconds} ms");
        }
        catch (Exception exception)
        {
            caller.Verbose($"{request}: {exception.GetType().Name} after {clock.ElapsedMilliseconds} ms");
            throw;
        }
    }
}
