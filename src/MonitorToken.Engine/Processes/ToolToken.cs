using System.Globalization;
using System.Text.Json;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// A token that a tool printed, with its expiry. Not a record, whose ToString would print the token.
/// </summary>
internal sealed class ToolToken(string token, DateTimeOffset expiresOn)
{
    /// <summary>
    /// The property names of the Azure CLI, the Azure Developer CLI, Az.Accounts and Visual Studio.
    /// </summary>
    private static readonly string[] TokenNames = ["accessToken", "token", "Token", "access_token"];

    /// <summary>
    /// The Azure CLI prints both expires_on, a Unix time, and expiresOn, a local time without an offset. The former is
    /// exact, so it comes first.
    /// </summary>
    private static readonly string[] ExpiryNames = ["expires_on", "expiresOn", "ExpiresOn"];

    public string Token { get; } = token;

    public DateTimeOffset ExpiresOn { get; } = expiresOn;

    /// <summary>Returns the first token with an expiry in an output; null if there is none. Never throws.</summary>
    public static ToolToken? TryRead(string output) =>
        EmbeddedJson.FindAll(output).Select(TryRead).FirstOrDefault(token => token is not null);

    private static ToolToken? TryRead(JsonElement json)
    {
        string? token = TokenNames.Select(name => EmbeddedJson.Text(json, name)).FirstOrDefault(IsValid);
        DateTimeOffset? expiresOn =
            ExpiryNames.Select(name => Expiry(json, name)).FirstOrDefault(time => time is not null);
        return token is not null && expiresOn is { } known ? new ToolToken(token, known) : null;
    }

    /// <summary>Whether a token can be sent in an HTTP header: visible ASCII.</summary>
    private static bool IsValid(string? token) =>
        token?.Length > 0 && token.All(character => character is > ' ' and <= '~');

    private static DateTimeOffset? Expiry(JsonElement json, string name)
    {
        if (EmbeddedJson.Property(json, name) is { ValueKind: JsonValueKind.Number } number)
            return number.TryGetDouble(out double seconds) ? FromUnixTime(seconds) : null;

        const NumberStyles Number = NumberStyles.AllowDecimalPoint;
        return EmbeddedJson.Text(json, name) is not { } text ? null
            : double.TryParse(text, Number, CultureInfo.InvariantCulture, out double unixTime) ? FromUnixTime(unixTime)
            : FromDate(text);
    }

    private static DateTimeOffset? FromUnixTime(double seconds) =>
        seconds >= 0 && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;

    /// <summary>
    /// Parses the local time of the Azure CLI, or ISO 8601 of the other tools. An ambiguous local time, at the end of
    /// daylight saving time, counts as the later one; the token's own exp claim is exact.
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
