using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>Whether a token that was accepted ought to be, by what came and nothing of the module's.</summary>
internal static class Accepted
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(31);

    /// <summary>Between the answer and the look at it.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(2);

    public static string? Wrong(AccessToken token, Spoilt body) =>
        WrongTime(token.ExpiresOn)
        ?? Wrong(token.GetPlainText(), token.ExpiresOn, Encoding.UTF8.GetString(body.Bytes))
        ?? (Claimed(token.GetPlainText()) is { } claimed && token.ExpiresOn > claimed + TimeSpan.FromSeconds(1)
            ? $"{token.ExpiresOn:u} is later than what the token says itself, {claimed:u}"
            : null);

    /// <summary>What is wrong with when it expires; null if nothing is.</summary>
    public static string? WrongTime(DateTimeOffset expiresOn)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return expiresOn <= now - TimeSpan.FromSeconds(5) || expiresOn > now + LongestLife + Slack
            ? $"a token is accepted that is said to expire at {expiresOn:u}"
            : null;
    }

    /// <summary>What is wrong with a token that is said to be in a text; null if nothing is.</summary>
    public static string? Wrong(string token, DateTimeOffset expiresOn, string text)
    {
        if (token.Length == 0 || token.Any(letter => letter is <= ' ' or > '~'))
            return "a token is accepted that cannot be sent";

        string said = Unescape(text);
        if (!said.Contains(token, StringComparison.Ordinal))
            return "a token is accepted that is not in the answer";
        if (!Times(said, token, DateTimeOffset.UtcNow).Any(time => Near(time, expiresOn)))
            return $"the answer says nothing of {expiresOn:u}";
        return null;
    }

    /// <summary>Every time that could be meant by a number or a date in the answer, or in the token.</summary>
    private static IEnumerable<DateTimeOffset> Times(string said, string token, DateTimeOffset now)
    {
        foreach (Match match in Regex.Matches(said + " " + Payload(token), "[0-9]{1,12}([.][0-9]+)?([eE][+-]?[0-9]+)?"))
        {
            double number = double.Parse(match.Value, CultureInfo.InvariantCulture);
            if (number < 400L * 86400)
                yield return now.AddSeconds(number);
            if (number < 253402300799)
                yield return DateTimeOffset.UnixEpoch.AddSeconds(number);
        }

        foreach (Match match in Regex.Matches(said, "\"([^\"]{4,60})\""))
        {
            if (DateTimeOffset.TryParse(
                match.Groups[1].Value,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out DateTimeOffset date))
                yield return date;
            // A tool writes local time.
            if (DateTimeOffset.TryParse(
                match.Groups[1].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out date))
                yield return date;
        }
    }

    private static bool Near(DateTimeOffset one, DateTimeOffset other) => (one - other).Duration() < Slack;

    /// <summary>The expiry in a token's claims, where it is the last that is said there, as a plain number.</summary>
    private static DateTimeOffset? Claimed(string token)
    {
        string payload = Payload(token);
        if (!IsObject(payload))
            return null;

        MatchCollection claims = Regex.Matches(payload, "^[{][^{}\\\\]*\"exp\":([0-9]{9,11})[,}][^{}]*$");
        return claims.Count == 1
            ? DateTimeOffset.FromUnixTimeSeconds(long.Parse(claims[0].Groups[1].Value, CultureInfo.InvariantCulture))
            : null;
    }

    private static bool IsObject(string payload)
    {
        try
        {
            return JsonNode.Parse(payload) is JsonObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Payload(string token)
    {
        string[] parts = token.Split('.');
        if (parts.Length != 3)
            return string.Empty;

        string base64 = parts[1].Replace('-', '+').Replace('_', '/');
        byte[] bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64 + new string('=', -base64.Length & 3), bytes, out int length)
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : string.Empty;
    }

    /// <summary>Without the escapes that JSON allows for any character.</summary>
    private static string Unescape(string text) => Regex.Replace(
        text,
        @"\\(?:u([0-9A-Fa-f]{4})|([""\\/]))",
        match => match.Groups[2].Success
            ? match.Groups[2].Value
            : ((char)int.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
                .ToString());
}
