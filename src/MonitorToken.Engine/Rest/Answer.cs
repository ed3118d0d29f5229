using System.Text;

namespace MonitorToken.Engine.Rest;

/// <summary>A successful response, which is read piece by piece.</summary>
internal abstract class Answer(ResponseBody body) : IDisposable
{
    protected ResponseBody Body { get; } = body;

    /// <summary>
    /// What the next page is requested with: a URI, or the skip token of Resource Graph. Known once all has been
    /// read; null if there is no further page.
    /// </summary>
    public virtual string? NextLink => null;

    /// <summary>The skip token of a Resource Graph query; null if there is no further page.</summary>
    public virtual string? SkipToken => null;

    /// <summary>Reads the objects that can be had next. None means that there are no more.</summary>
    /// <exception cref="RequestException">The response broke off, or is not valid.</exception>
    public abstract Task<IReadOnlyList<object?>> ReadAsync(CancellationToken cancellationToken);

    public void Dispose() => Body.Dispose();
}

/// <summary>A response that is text, returned as one string; nothing if it is empty.</summary>
internal sealed class TextAnswer(ResponseBody body, Encoding encoding) : Answer(body)
{
    private bool _isRead;

    public override async Task<IReadOnlyList<object?>> ReadAsync(CancellationToken cancellationToken)
    {
        if (_isRead)
            return [];

        _isRead = true;
        using var content = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        while (await Body.ReadAsync(new ArraySegment<byte>(buffer), cancellationToken).ConfigureAwait(false)
            is > 0 and int count)
            content.Write(buffer, 0, count);
        content.Position = 0;
        using var reader = new StreamReader(content, encoding);
        string text = reader.ReadToEnd();
        return text.Length == 0 ? [] : [text];
    }
}
