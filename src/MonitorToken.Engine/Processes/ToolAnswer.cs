using System.Globalization;
using System.Text.Json;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// The token that a tool has printed, and its expiry, which may be in the past. Not a record, whose ToString would
/// print the token.
/// </summary>
internal sealed class ToolAnswer
{
    /// <summary>
    /// Of the Azure CLI, the Azure Developer CLI and Az.Accounts. None uses another's for something else.
    /// </summary>
    private static readonly string[] TokenNames = ["accessToken", "token", "Token"];

    /// <summary>
    /// The Azure CLI prints two: expires_on, a Unix time, is tried before expiresOn, a local time without a zone.
    /// </summary>
    private static readonly string[] ExpiryNames = ["expires_on", "expiresOn", "ExpiresOn"];

    private ToolAnswer(string token, DateTimeOffset expiresOn)
    {
        Token = token;
        ExpiresOn = expiresOn;
    }

    public string Token { get; }

    public DateTimeOffset ExpiresOn { get; }

    /// <summary>The first token with an expiry, whatever is around it; null if there is none. Never throws.</summary>
    public static ToolAnswer? TryRead(string output) =>
        EmbeddedJson.FindAll(output).Select(From).FirstOrDefault(answer => answer is not null);

    private static ToolAnswer? From(JsonElement answer)
    {
        string? token = TokenNames.Select(name => EmbeddedJson.Text(answer, name)).FirstOrDefault(IsToken);
        DateTimeOffset? expiresOn =
            ExpiryNames.Select(name => Expiry(answer, name)).FirstOrDefault(time => time is not null);
        return token is not null && expiresOn is { } known ? new ToolAnswer(token, known) : null;
    }

    /// <summary>A token goes into an HTTP header, where only visible ASCII is safe.</summary>
    private static bool IsToken(string? text) =>
        text?.Length > 0 && text.All(character => character is > ' ' and <= '~');

    private static DateTimeOffset? Expiry(JsonElement answer, string name)
    {
        if (EmbeddedJson.Property(answer, name) is { ValueKind: JsonValueKind.Number } number)
            return number.TryGetDouble(out double seconds) ? FromUnixTime(seconds) : null;

        const NumberStyles Number = NumberStyles.AllowDecimalPoint;
        return EmbeddedJson.Text(answer, name) is not { } text ? null
            : double.TryParse(text, Number, CultureInfo.InvariantCulture, out double written) ? FromUnixTime(written)
            : FromDate(text);
    }

    private static DateTimeOffset? FromUnixTime(double seconds) =>
        seconds >= 0 && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;

    /// <summary>
    /// Local time without a zone, of the Azure CLI, or ISO 8601 with one, of the others. A local time that is
    /// ambiguous, when daylight saving time ends, is taken for the later one: the token's own exp claim is exact.
    /// </summary>
    private static DateTimeOffset? FromDate(string text) =>
        DateTimeOffset.TryParseExact(
            text,
            ["yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeLocal | DateTimeStyles.AdjustToUniversal,
            out DateTimeOffset time)
            ? time
            : null;
}
