using System.Net.Http.Headers;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>
/// Calls one host with the token of an identity, through the one chain of handlers, and reads the beginning of each
/// response. Follows no redirection, and sends the token to no other host.
/// </summary>
internal sealed class ServiceClient(Uri host, int longestAnswer, ICallerContext caller)
{
    /// <summary>Sends a request. Any exception means that there was no response.</summary>
    public async Task<ServiceAnswer> SendAsync(
        HttpMethod method, Uri address, HttpContent? content, string token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var allowed = HostAllowListHandler.ForService("The access test", host);
        using var client = new HttpMessageInvoker(new RequestLogHandler(caller, allowed), disposeHandler: false);
        using HttpResponseMessage response = await client.SendAsync(request, cancellationToken)
            .UnlessCanceled(cancellationToken).ConfigureAwait(false);
        return new ServiceAnswer(
            response, await ReadBeginningAsync(response, cancellationToken).ConfigureAwait(false), token);
    }

    /// <summary>
    /// Reads the beginning of the body. The status is already known, so a body that breaks off is not an error.
    /// </summary>
    private async Task<ReadOnlyMemory<byte>> ReadBeginningAsync(
        HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] beginning = new byte[longestAnswer];
        int length = 0;
        try
        {
            using Stream content = await response.Content.OpenAsync(cancellationToken).ConfigureAwait(false);
            // .NET Framework ignores cancellation of a read in progress.
            while (length < beginning.Length && await content
                .ReadAsync(new ArraySegment<byte>(beginning, length, beginning.Length - length), cancellationToken)
                .AsTask().UnlessCanceled(cancellationToken).ConfigureAwait(false) is > 0 and int count)
                length += count;
        }
        catch (Exception)
        {
            // Use what has been received.
        }

        return beginning.AsMemory(0, length);
    }
}
