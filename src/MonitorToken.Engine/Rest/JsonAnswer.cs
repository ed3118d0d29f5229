using System.Text.Json;

namespace MonitorToken.Engine.Rest;

/// <summary>
/// A response in JSON, read from a buffer that is as large as its largest item, so that its length does not matter.
/// </summary>
internal abstract class JsonAnswer(ResponseBody body, JsonObjects objects, string host) : Answer(body)
{
    /// <summary>The size of the buffer to begin with. Chosen: holds dozens of items.</summary>
    private const int BufferSize = 64 * 1024;

    /// <summary>The largest item, in bytes. Chosen: far more than any service sends, and less than an array holds.</summary>
    private const int MaxBufferSize = 1024 * 1024 * 1024;

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private byte[] _buffer = new byte[BufferSize];
    private int _length;
    private bool _hasBegun;
    private JsonReaderState _state = new(JsonObjects.Options);
    private bool _isInvalid;

    /// <summary>How many bytes of an unfinished item have been parsed in vain.</summary>
    private int _unfinished;

    protected JsonObjects Objects { get; } = objects;

    /// <summary>Whether the buffer holds all that is left of the response.</summary>
    protected bool IsAllThere { get; private set; }

    /// <summary>Whether the value that is the response has been read to its end.</summary>
    protected bool IsDone { get; set; }

    /// <summary>Whether a response without content is one without objects, and not one that was lost.</summary>
    protected virtual bool MayBeEmpty => false;

    public sealed override async Task<IReadOnlyList<object?>> ReadAsync(CancellationToken cancellationToken)
    {
        var objects = new List<object?>();
        while (true)
        {
            if (_isInvalid)
                throw RequestErrors.NotJson(host);
            // An item that is read in many pieces is parsed each time that twice as much of it is there.
            if (_hasBegun && !IsDone && (_length >= 2 * _unfinished || IsAllThere))
                Parse(objects);
            if (objects.Count > 0)
                return objects;
            // To the very end, so that the connection can be used again.
            if (IsAllThere)
                return IsDone || (!_hasBegun && MayBeEmpty) ? [] : throw RequestErrors.NotJson(host);
            if (!_isInvalid)
                await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the next piece of the response.</summary>
    /// <returns>Whether the whole piece was there. If not, it is read again with more data.</returns>
    protected abstract bool TryStep(ref Utf8JsonReader reader, List<object?> output);

    private void Parse(List<object?> output)
    {
        var reader = new Utf8JsonReader(_buffer.AsSpan(0, _length), IsAllThere, _state);
        int consumed = 0;
        try
        {
            while (!IsDone && TryStep(ref reader, output))
                (consumed, _state) = ((int)reader.BytesConsumed, reader.CurrentState);
        }
        catch (JsonException)
        {
            // What came before it is returned first.
            _isInvalid = true;
        }

        _unfinished = consumed == 0 ? _length : 0;
        _length -= consumed;
        Buffer.BlockCopy(_buffer, consumed, _buffer, 0, _length);
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        if (IsDone)
            _length = 0;
        if (_length == _buffer.Length)
        {
            if (_length >= MaxBufferSize)
                throw RequestErrors.NotJson(host);
            Array.Resize(ref _buffer, 2 * _length);
        }

        int count = await Body.ReadAsync(
            new ArraySegment<byte>(_buffer, _length, _buffer.Length - _length), cancellationToken)
            .ConfigureAwait(false);
        _length += count;
        IsAllThere |= count == 0;
        if (_hasBegun || IsDone)
            return;

        // JSON has at least one letter, and the byte order mark three bytes.
        if (_length < ByteOrderMark.Length && !IsAllThere)
            return;
        if (_buffer.AsSpan(0, _length).StartsWith(ByteOrderMark))
        {
            _length -= ByteOrderMark.Length;
            Buffer.BlockCopy(_buffer, ByteOrderMark.Length, _buffer, 0, _length);
        }

        _hasBegun = _length > 0;
    }
}
