using System.Diagnostics.CodeAnalysis;
using Azure;
using Azure.Core;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>An answer as it comes over the wire.</summary>
internal sealed record Canned(int Status, string? RetryAfter, Spoilt Body)
{
    public static Canned Of(Draw draw, Spoilt body, int[] statuses) => new(
        draw.One(statuses),
        draw.Below(6) switch
        {
            0 => OddText.Number(draw),
            1 => OddText.Date(draw),
            2 => OddText.Of(draw).Replace("\r", "").Replace("\n", ""),
            _ => null,
        },
        body);
}

/// <summary>The same, as Azure.Core hands it on.</summary>
internal sealed class CannedResponse(Canned answer) : Response
{
    public override int Status => answer.Status;

    public override string ReasonPhrase => "Because";

    public override Stream? ContentStream { get; set; }
        = new MemoryStream(answer.Body.Bytes, 0, answer.Body.Bytes.Length, false, true);

    public override string ClientRequestId { get; set; } = string.Empty;

    public override void Dispose()
    {
        // It holds nothing.
    }

    protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value)
    {
        value = string.Equals(name, "Retry-After", StringComparison.OrdinalIgnoreCase) ? answer.RetryAfter : null;
        return value is not null;
    }

    protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
    {
        values = TryGetHeader(name, out string? value) ? [value] : null;
        return values is not null;
    }

    protected override bool ContainsHeader(string name) => TryGetHeader(name, out _);

    protected override IEnumerable<HttpHeader> EnumerateHeaders() =>
        answer.RetryAfter is { } value ? [new HttpHeader("Retry-After", value)] : [];
}
