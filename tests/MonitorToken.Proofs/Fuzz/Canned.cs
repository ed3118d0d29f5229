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
