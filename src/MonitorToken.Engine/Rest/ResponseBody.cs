using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.Rest;

/// <summary>The body of a response, as it arrives. Each part of it has the timeout for itself.</summary>
internal sealed class ResponseBody(HttpResponseMessage response, TimeSpan timeout) : IDisposable
{
    private Stream? _stream;

    /// <summary>The length, if the response names it and is not compressed.</summary>
    public long? Length =>
        response.Content.Headers.ContentEncoding.Count == 0 ? response.Content.Headers.ContentLength : null;

    /// <summary>Reads into a buffer, and returns the number of bytes read; 0 at the end.</summary>
    /// <exception cref="RequestException">The response broke off.</exception>
    public async Task<int> ReadAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            if (_stream is null)
            {
                Stream raw = await response.Content.OpenAsync(deadline.Token).UnlessCanceled(deadline.Token)
                    .ConfigureAwait(false);
                _stream = response.Content.Decompress(raw);
            }

            // .NET Framework ignores cancellation of a read in progress.
            return await _stream.ReadAsync(buffer, deadline.Token).AsTask().UnlessCanceled(deadline.Token)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw RequestErrors.BrokeOff(exception, response, timeout);
        }
    }

    /// <summary>Reads the beginning, as far as it can be had.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadBeginningAsync(int length, CancellationToken cancellationToken)
    {
        byte[] beginning = new byte[length];
        int count = 0;
        try
        {
            while (count < length && await ReadAsync(
                new ArraySegment<byte>(beginning, count, length - count), cancellationToken).ConfigureAwait(false)
                is > 0 and int more)
                count += more;
        }
        catch (RequestException)
        {
            // Use what has been received.
        }

        return beginning.AsMemory(0, count);
    }

    public void Dispose()
    {
        _stream?.Dispose();
        response.Dispose();
    }
}
