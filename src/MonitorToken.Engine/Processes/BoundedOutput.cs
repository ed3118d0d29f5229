using System.Text;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// Reads the whole output of a tool, so that the tool never blocks on a full pipe, and keeps the last megabyte of it,
/// which contains the token or the error.
/// </summary>
internal sealed class BoundedOutput(Stream stream)
{
    /// <summary>The maximum size of <see cref="Text"/>, in bytes. The buffer grows to twice that size.</summary>
    public const int Limit = 1024 * 1024;

    private readonly object _gate = new();
    private readonly List<byte> _kept = [];

    /// <summary>
    /// The output so far, decoded as UTF-8, or on Windows with one of its code pages if it is not valid UTF-8.
    /// </summary>
    public string Text
    {
        get
        {
            byte[] kept;
            lock (_gate)
                kept = [.. _kept];

            // Skip the rest of a character that was cut: in UTF-8, bytes 10xxxxxx continue one.
            int start = Math.Max(0, kept.Length - Limit);
            while (start > 0 && start < kept.Length && (kept[start] & 0xC0) == 0x80)
                start++;

            return Decode(kept, start, kept.Length - start).TrimStart('\uFEFF');
        }
    }

    /// <summary>Reads to the end of the output, or until canceled. Never throws.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        var buffer = new ArraySegment<byte>(new byte[16 * 1024]);
        try
        {
            while (await ResponseExtensions.ReadAsync(stream, buffer, cancellationToken).ConfigureAwait(false)
                is > 0 and int count)
                Keep(new ArraySegment<byte>(buffer.Array!, 0, count));
        }
        catch (Exception exception) when (
            exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Use what was read so far.
        }
    }

    private void Keep(ArraySegment<byte> output)
    {
        lock (_gate)
        {
            if (_kept.Count + output.Count > 2 * Limit)
                _kept.RemoveRange(0, _kept.Count - Limit);
            _kept.AddRange(output);
        }
    }

    private static string Decode(byte[] bytes, int start, int count)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: ToolPath.IsWindows).GetString(bytes, start, count);
        }
        catch (DecoderFallbackException)
        {
            return ToolPath.IsWindows ? WindowsCodePages.Decode(bytes, start, count) : string.Empty;
        }
    }
}
