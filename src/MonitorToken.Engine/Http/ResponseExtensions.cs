namespace MonitorToken.Engine.Http;

/// <summary>What .NET Framework lacks, or reads in another way.</summary>
internal static class ResponseExtensions
{
    /// <summary>The body as it comes.</summary>
    public static Task<Stream> OpenAsync(this HttpContent content, CancellationToken cancellationToken) =>
#if NET
        content.ReadAsStreamAsync(cancellationToken);
#else
        content.ReadAsStreamAsync();
#endif

    /// <summary>The number of bytes that were read; 0 at the end.</summary>
    public static ValueTask<int> ReadAsync(
        this Stream stream, ArraySegment<byte> buffer, CancellationToken cancellationToken) =>
#if NET
        stream.ReadAsync(buffer.AsMemory(), cancellationToken);
#else
        new(stream.ReadAsync(buffer.Array!, buffer.Offset, buffer.Count, cancellationToken));
#endif

    /// <summary>
    /// A header as it came, several of one name with commas between; null where it is not there.
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
