using Azure;
using Azure.Core;

namespace MonitorToken.Engine.Http;

/// <summary>
/// An answer without its Retry-After, which has been heeded here. The library would keep any refusal that comes with
/// one, and answer with it by itself for as long as that says, whoever asks and however much.
/// </summary>
internal sealed class UnrememberedResponse(Response response) : Response
{
    private const string RetryAfter = "Retry-After";

    public override int Status => response.Status;

    public override string ReasonPhrase => response.ReasonPhrase;

    public override bool IsError => response.IsError;

    public override Stream? ContentStream
    {
        get => response.ContentStream;
        set => response.ContentStream = value;
    }

    public override string ClientRequestId
    {
        get => response.ClientRequestId;
        set => response.ClientRequestId = value;
    }

    public override void Dispose() => response.Dispose();

    protected override bool TryGetHeader(string name, out string value)
    {
        value = null!;
        return !IsHidden(name) && response.Headers.TryGetValue(name, out value!);
    }

    protected override bool TryGetHeaderValues(string name, out IEnumerable<string> values)
    {
        values = null!;
        return !IsHidden(name) && response.Headers.TryGetValues(name, out values!);
    }

    protected override bool ContainsHeader(string name) => !IsHidden(name) && response.Headers.Contains(name);

    protected override IEnumerable<HttpHeader> EnumerateHeaders() =>
        response.Headers.Where(header => !IsHidden(header.Name));

    private static bool IsHidden(string name) => string.Equals(name, RetryAfter, StringComparison.OrdinalIgnoreCase);
}
