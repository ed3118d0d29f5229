namespace MonitorToken.EntraEmulator;

/// <summary>Something that goes other than well. What is left out goes as usual.</summary>
public sealed record Fault
{
    public FaultMatch Match { get; init; } = new();

    /// <summary>How many requests it spoils; unlimited unless set.</summary>
    public int? Times { get; init; }

    // ---- whether and when there is an answer

    /// <summary>Waits before anything else is done.</summary>
    public int DelayMs { get; init; }

    /// <summary>Never answers.</summary>
    public bool Hang { get; init; }

    /// <summary>Aborts the connection.</summary>
    public bool Drop { get; init; }

    // ---- another answer

    /// <summary>The status, of an empty answer unless there is a body or an error too.</summary>
    public int? Status { get; init; }

    public string? Body { get; init; }

    /// <summary>The body as it is, for what is no text; in JSON, as base64.</summary>
    public byte[]? BodyBytes { get; init; }

    /// <summary>Repeats the body, a letter unless there is one, up to this size.</summary>
    public long? BodySize { get; init; }

    /// <summary>The body's type; it is guessed unless set.</summary>
    public string? ContentType { get; init; }

    /// <summary>An error in Entra's form.</summary>
    public EntraError? Error { get; init; }

    // ---- a change to the answer, be it a good one

    /// <summary>Are added to it, and win over those that it has.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Sends the body byte by byte, so far apart.</summary>
    public int? DripMs { get; init; }

    /// <summary>Closes the connection when so many bytes of the body are sent.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Stops within the body and sends no more: half-way, or where it would be cut.</summary>
    public bool HangInBody { get; init; }

    // ---- another token

    /// <summary>The life left to the token that is given out; negative for an expired one.</summary>
    public int? TokenLifetimeSeconds { get; init; }

    /// <summary>Given out in place of a token of ours, as it is.</summary>
    public string? AccessToken { get; init; }

    /// <summary>The audience in the token, whatever was asked for.</summary>
    public string? Audience { get; init; }

    /// <summary>The tenant in the token, whatever was asked for.</summary>
    public string? Tenant { get; init; }

    internal bool SpoilsToken =>
        TokenLifetimeSeconds is not null || AccessToken is not null || Audience is not null || Tenant is not null;

    internal bool SpoilsSending => DripMs is not null || CutAfter is not null || HangInBody;

    internal bool HasBody => Body is not null || BodyBytes is not null || BodySize is not null;
}
