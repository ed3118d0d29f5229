using System.Diagnostics;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Logs each request: method, address without its query and its user, status, time. Never headers or bodies.
/// </summary>
internal sealed class RequestLogHandler(ICallerContext caller, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Uri address = request.RequestUri!;
        string line = $"{request.Method} {address.Scheme}://{address.Authority}{address.AbsolutePath}";
        var clock = Stopwatch.StartNew();
        caller.Progress($"Waiting for {address.Host}");
        try
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            caller.Verbose($"{line}: {(int)response.StatusCode} in {clock.ElapsedMilliseconds} ms");
            return response;
        }
        catch (Exception exception)
        {
            caller.Verbose($"{line}: {exception.GetType().Name} after {clock.ElapsedMilliseconds} ms");
            throw;
        }
    }
}
