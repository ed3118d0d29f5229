using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Http;

/// <summary>Buffers each response, so that a body that breaks off is retried, and limits its size.</summary>
internal sealed class ResponseBufferHandler(string credentialName, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>
    /// The largest response, in bytes. Chosen: 16 times the 64 KB that a SecureString holds, and so the longest token.
    /// </summary>
    private const int Limit = 1024 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            using HttpContent content = response.Content ?? new ByteArrayContent([]);
            byte[] body = await ReadAsync(content, cancellationToken).UnlessCanceled(cancellationToken)
                .ConfigureAwait(false);
            response.Content = new ByteArrayContent(body);
            if (content.Headers.ContentType is { } type)
                response.Content.Headers.ContentType = type;
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using Stream raw = await content.OpenAsync(cancellationToken).ConfigureAwait(false);
        using Stream stream = content.Decompress(raw);
        using var body = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(new ArraySegment<byte>(buffer), cancellationToken).ConfigureAwait(false)
            is > 0 and int count)
        {
            if (body.Length + count > Limit)
                throw TokenErrors.InvalidResponse(credentialName, "a response of more than a megabyte");
            body.Write(buffer, 0, count);
        }

        return body.ToArray();
    }
}
