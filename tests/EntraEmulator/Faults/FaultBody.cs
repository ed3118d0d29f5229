using System.Text;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// What is sent in place of an answer: bytes, once or over and over, so that large bodies cost no memory.
/// </summary>
internal sealed class FaultBody
{
    private readonly byte[] _unit;

    private FaultBody(byte[] unit, long length, string contentType)
    {
        _unit = unit;
        Length = length;
        ContentType = contentType;
    }

    public long Length { get; }

    public string ContentType { get; }

    /// <summary>The body that a fault gives.</summary>
    public static FaultBody Of(Fault fault)
    {
        byte[] unit = fault.BodyBytes ?? Encoding.UTF8.GetBytes(fault.Body ?? (fault.BodySize is null ? "" : "x"));
        string guess = fault.BodyBytes is not null ? "application/octet-stream"
            : fault.Body is ['{', ..] ? JsonAnswer.ContentType
            : fault.Body is ['<', ..] ? "text/html; charset=utf-8"
            : "text/plain; charset=utf-8";
        return new(unit, unit.Length == 0 ? 0 : fault.BodySize ?? unit.Length, fault.ContentType ?? guess);
    }

    /// <summary>An answer that was made as usual.</summary>
    public static FaultBody Of(byte[] bytes) => new(bytes, bytes.Length, "");

    /// <summary>Sends the body as the fault says; false if the client has not got all of it.</summary>
    public async Task<bool> SpoilAsync(Stream client, Fault fault, CancellationToken cancellationToken)
    {
        long stop = fault.CutAfter ?? (fault.HangInBody ? Length / 2 : Length);
        long count = Math.Min(stop, Length);
        if (fault.DripMs is { } apart)
            await DripAsync(client, count, TimeSpan.FromMilliseconds(apart), cancellationToken);
        else
            await SendAsync(client, count, cancellationToken);
        if (fault.HangInBody)
            await Task.Delay(Timeout.Infinite, cancellationToken);
        return count == Length;
    }

    private async Task SendAsync(Stream client, long count, CancellationToken cancellationToken)
    {
        byte[] chunk = Chunk();
        for (long sent = 0; sent < count; sent += chunk.Length)
            await client.WriteAsync(chunk.AsMemory(0, (int)Math.Min(chunk.Length, count - sent)), cancellationToken);
        await client.FlushAsync(cancellationToken);
    }

    private async Task DripAsync(Stream client, long count, TimeSpan apart, CancellationToken cancellationToken)
    {
        for (long sent = 0; sent < count; sent++)
        {
            await Task.Delay(apart, cancellationToken);
            await client.WriteAsync(_unit.AsMemory((int)(sent % _unit.Length), 1), cancellationToken);
            await client.FlushAsync(cancellationToken);
        }
    }

    // Many small units would be many small writes.
    private byte[] Chunk()
    {
        if (Length <= _unit.Length)
            return _unit;
        int repeats = Math.Max(1, 16 * 1024 / _unit.Length);
        byte[] chunk = new byte[_unit.Length * repeats];
        for (int i = 0; i < repeats; i++)
            _unit.CopyTo(chunk, i * _unit.Length);
        return chunk;
    }
}
