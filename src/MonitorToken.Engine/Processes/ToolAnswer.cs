using System.Globalization;
using System.Text.Json;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// The token that a tool has printed and its expiry. Whether it is still good is not asked here. Not a record: that
/// would print the token wherever it is shown.
/// </summary>
internal sealed class ToolAnswer
{
    /// <summary>Each tool has words of its own; none uses another's for something else.</summary>
    private static readonly string[] TokenNames = ["accessToken", "token", "Token"];

    /// <summary>The Azure CLI's <c>expires_on</c> is exact, so it goes before the local time beside it.</summary>
    private static readonly string[] ExpiryNames = ["expires_on", "expiresOn", "ExpiresOn"];

    private ToolAnswer(string token, DateTimeOffset expiresOn)
    {
        Token = token;
        ExpiresOn = expiresOn;
    }

    public string Token { get; }

    public DateTimeOffset ExpiresOn { get; }

    /// <summary>Found behind banners and before noise; null if there is no token with an expiry. Never fails.</summary>
    public static ToolAnswer? TryRead(string output) =>
        EmbeddedJson.In(output).Select(From).FirstOrDefault(answer => answer is not null);

    private static ToolAnswer? From(JsonElement answer)
    {
        string? token = TokenNames.Select(name => Text(answer, name)).FirstOrDefault(IsToken);
        DateTimeOffset? expiresOn =
            ExpiryNames.Select(name => Expiry(answer, name)).FirstOrDefault(time => time is not null);
        return token is not null && expiresOn is { } known ? new ToolAnswer(token, known) : null;
    }

    /// <summary>A token goes into a header, where nothing but visible ASCII may stand.</summary>
    private static bool IsToken(string? text) =>
        text?.Length > 0 && text.All(character => character is > ' ' and <= '~');

    private static string? Text(JsonElement answer, string name)
    {
        try
        {
            return Member(answer, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a character, written as an escape.
            return null;
        }
    }

    private static JsonElement? Member(JsonElement answer, string name)
    {
        try
        {
            return answer.TryGetProperty(name, out JsonElement value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            // The same in another member's name.
            return null;
        }
    }

    private static DateTimeOffset? Expiry(JsonElement answer, string name)
    {
        if (Member(answer, name) is { ValueKind: JsonValueKind.Number } number)
            return number.TryGetDouble(out double seconds) ? FromSeconds(seconds) : null;

        const NumberStyles Number = NumberStyles.AllowDecimalPoint;
        return Text(answer, name) is not { } text ? null
            : double.TryParse(text, Number, CultureInfo.InvariantCulture, out double written) ? FromSeconds(written)
            : FromDate(text);
    }

    private static DateTimeOffset? FromSeconds(double seconds) =>
        seconds >= 0 && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;

    /// <summary>
    /// The Azure CLI writes local time without a zone, the others write ISO 8601 with one. In the hour that comes
    /// twice a year the later of the two is meant here: the token itself says when it really expires.
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
