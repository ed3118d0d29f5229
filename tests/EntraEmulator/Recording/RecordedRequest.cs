using System.Text.Json.Serialization;

namespace MonitorToken.EntraEmulator;

/// <summary>A request as it was on the wire.</summary>
public sealed record RecordedRequest
{
    private volatile int _statusCode;

    /// <summary>Counts from 1, in the order of arrival.</summary>
    public int Sequence { get; internal set; }

    public DateTimeOffset Time { get; } = DateTimeOffset.UtcNow;

    /// <summary>Where it arrived.</summary>
    public required Listener Listener { get; init; }

    /// <summary>Whether it came by the proxy: through a tunnel, or in plain text for the proxy to read.</summary>
    public bool ThroughProxy { get; init; }

    public required string Method { get; init; }

    public required string Scheme { get; init; }

    /// <summary>Without the port.</summary>
    public required string Host { get; init; }

    public required string Path { get; init; }

    /// <summary>Path and query with the escapes that the client chose.</summary>
    public required string Target { get; init; }

    /// <summary>Decoded; of a name that is there twice, the values with a comma between.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init; } = new Dictionary<string, string>();

    /// <summary>Names are found in any case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The decoded fields of a form-encoded body, else empty.</summary>
    public IReadOnlyDictionary<string, string> Form { get; init; } = new Dictionary<string, string>();

    /// <summary>As text, unpacked where it came packed.</summary>
    public string Body { get; init; } = "";

    /// <summary>
    /// The JSON that was answered, as it was before a fault spoilt it; null for answers of other kinds.
    /// </summary>
    public string? Answer { get; internal set; }

    /// <summary>Set before the client gets the first byte of the answer; null while there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? StatusCode
    {
        get => _statusCode == 0 ? null : _statusCode;
        internal set => _statusCode = value ?? 0;
    }
}
