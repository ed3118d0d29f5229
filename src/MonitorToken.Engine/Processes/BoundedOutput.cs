using System.Text;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// Reads all that a tool prints, so that the tool never blocks on a full pipe, and keeps the last megabyte of it, where
/// the answer is, or the error.
/// </summary>
internal sealed class BoundedOutput(Stream stream)
{
    /// <summary>The most that is returned, in bytes; up to twice as much is held meanwhile.</summary>
    public const int Limit = 1024 * 1024;

    private readonly object _gate = new();
    private byte[] _kept = new byte[16 * 1024];
    private int _count;
    private bool _isCut;

    /// <summary>What was printed so far, as UTF-8; on Windows as the ANSI code page if it is no valid UTF-8.</summary>
    public string Text
    {
        get
        {
            lock (_gate)
            {
                int start = Math.Max(0, _count - Limit);

                // Skips the rest of a character that was cut: bytes 10xxxxxx continue one in UTF-8.
                while ((_isCut || start > 0) && start < _count && (_kept[start] & 0xC0) == 0x80)
                    start++;

                return Decode(_kept, start, _count - start).TrimStart('\uFEFF');
            }
        }
    }

    /// <summary>Completes at the end of the output, or when canceled. Never throws.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            while (await ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and int count)
                Keep(buffer, count);
        }
        catch (Exception exception) when (
            exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // What was read until then is the output.
        }
    }

    private async Task<int> ReadAsync(byte[] buffer, CancellationToken cancellationToken)
    {
#if NET
        return await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
#else
        return await stream.ReadAsync(buffer, 0, buffer.Length, cancellationToken).ConfigureAwait(false);
#endif
    }

    private void Keep(byte[] buffer, int count)
    {
        lock (_gate)
        {
            if (_count + count > _kept.Length && _kept.Length < 2 * Limit)
                Array.Resize(ref _kept, Math.Min(2 * Limit, Math.Max(2 * _kept.Length, _count + count)));

            if (_count + count > _kept.Length)
            {
                Buffer.BlockCopy(_kept, _count - Limit, _kept, 0, Limit);
                _count = Limit;
                _isCut = true;
            }

            Buffer.BlockCopy(buffer, 0, _kept, _count, count);
            _count += count;
        }
    }

    private static string Decode(byte[] bytes, int start, int count)
    {
        if (ToolPath.IsWindows)
        {
            try
            {
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, start, count);
            }
            catch (DecoderFallbackException)
            {
                // The Azure CLI's own Python ignores PYTHONIOENCODING and prints in the ANSI code page.
#if NET
                if (CodePagesEncodingProvider.Instance.GetEncoding(0) is { } ansi)
                    return ansi.GetString(bytes, start, count);
#else
                return Encoding.Default.GetString(bytes, start, count);
#endif
            }
        }

        return Encoding.UTF8.GetString(bytes, start, count);
    }
}
