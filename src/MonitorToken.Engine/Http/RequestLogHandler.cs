using System.Diagnostics;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Writes each request to the verbose stream: method, URI without query and user name, status and duration. Never
/// logs headers or bodies, which contain secrets.
/// </summary>
internal sealed class RequestLogHandler(ICallerContext caller, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Uri address = request.RequestUri!;
        // Uri.Authority has the port, but not the user name.
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
