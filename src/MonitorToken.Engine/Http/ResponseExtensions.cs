using System.IO.Compression;

namespace MonitorToken.Engine.Http;

/// <summary>APIs that .NET Framework lacks or that behave differently there.</summary>
internal static class ResponseExtensions
{
    public static Task<Stream> OpenAsync(this HttpContent content, CancellationToken cancellationToken) =>
#if NET
        content.ReadAsStreamAsync(cancellationToken);
#else
        content.ReadAsStreamAsync();
#endif

    /// <summary>
    /// Decompresses the body. Without an Accept-Encoding header any encoding is acceptable (RFC 9110, section 12.5.3),
    /// and proxies that inspect TLS make use of that.
    /// </summary>
    public static Stream Decompress(this HttpContent content, Stream raw) =>
        content.Headers.ContentEncoding.LastOrDefault()?.ToUpperInvariant() switch
        {
            "GZIP" or "X-GZIP" => new GZipStream(raw, CompressionMode.Decompress),
#if NET
            "DEFLATE" => new ZLibStream(raw, CompressionMode.Decompress),
            "BR" => new BrotliStream(raw, CompressionMode.Decompress),
#endif
            _ => raw,
        };

    /// <summary>Reads into a buffer, and returns the number of bytes read; 0 at the end of the stream.</summary>
    public static ValueTask<int> ReadAsync(
        this Stream stream, ArraySegment<byte> buffer, CancellationToken cancellationToken) =>
#if NET
        stream.ReadAsync(buffer.AsMemory(), cancellationToken);
#else
        new(stream.ReadAsync(buffer.Array!, buffer.Offset, buffer.Count, cancellationToken));
#endif

    /// <summary>
    /// Returns a header without parsing it, with several values joined by commas; null if the response does not have
    /// it.
    /// </summary>
    public static string? Header(this HttpResponseMessage response, string name)
    {
#if NET
        return response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
#else
        return response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(", ", values) : null;
#endif
    }
}
