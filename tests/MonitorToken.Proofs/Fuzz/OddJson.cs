using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>JSON that is nearly what it should be.</summary>
internal static class OddJson
{
    /// <summary>Stands for what a JSON library would not write.</summary>
    private const string Raw = "@@raw@@";

    /// <summary>Stands for a token while all around it is spoilt, so that it comes out whole or not at all.</summary>
    private const string Place = "@@token@@";

    private static readonly string[] Fields =
    [
        "access_token", "expires_in", "expires_on", "token_type", "error", "error_description", "error_codes",
        "message", "claims", "correlation_id", "trace_id", "suberror", "accessToken", "expiresOn", "token", "Token",
        "ExpiresOn", "data", "exp", "nbf", "iat", "aud", "tid", "oid", "appid", "roles", "scp", "",
    ];

    private static readonly string[] Fragments =
    [
        "NaN", "Infinity", "-Infinity", "1e999", "-0", "01", "1.", ".5", "\"\\ud800\"", "\"\\udc00x\"", "\"\\u0000\"",
        "\"\\u001b[2J\"", "\"\\x\"", "'x'", "undefined", "{", "[", "\"", "/*x*/1", "1,", "\"\n\"", "TRUE", "nul",
    ];

    /// <summary>A body with things done to it, and the tokens that are in it.</summary>
    public static Spoilt Spoil(Draw draw, IReadOnlyList<JsonObject> bodies, string goodToken)
    {
        JsonObject body = draw.One(bodies).DeepClone().AsObject();
        if (body.ContainsKey("access_token"))
            body["access_token"] = Place;
        string raw = string.Empty;
        for (int times = draw.Below(4); times > 0; times--)
            SpoilMember(draw, body, ref raw);

        string text = body.ToJsonString(draw.OneIn(8) ? new JsonSerializerOptions { WriteIndented = true } : null);
        text = text.Replace($"\"{Raw}\"", raw, StringComparison.Ordinal);
        for (int times = draw.Below(3); times > 0; times--)
            text = SpoilText(draw, text);
        return new Spoilt(text, draw.OneIn(4) ? OddTokens.Of(draw) : goodToken, draw.Below(14), Place);
    }

    /// <summary>The text of an object, spoilt likewise, with nothing secret in it.</summary>
    public static string Spoil(Draw draw, JsonObject good)
    {
        JsonObject body = good.DeepClone().AsObject();
        string raw = string.Empty;
        for (int times = draw.Below(4); times > 0; times--)
            SpoilMember(draw, body, ref raw);
        string text = body.ToJsonString().Replace($"\"{Raw}\"", raw, StringComparison.Ordinal);
        return draw.OneIn(3) ? SpoilText(draw, text) : text;
    }

    private static void SpoilMember(Draw draw, JsonObject body, ref string raw)
    {
        string name = body.Count > 0 && !draw.OneIn(4) ? draw.One([.. body.Select(one => one.Key)]) : draw.One(Fields);
        switch (draw.Below(15))
        {
            case 0:
                body.Remove(name);
                break;
            case 1:
                body[name] = null;
                break;
            case 2:
                body[name] = new JsonArray(body[name]?.DeepClone());
                break;
            case 3:
                body[name] = new JsonObject { [name] = body[name]?.DeepClone() };
                break;
            case 4:
                body[name] = Place;
                break;
            case 5:
                body[name] = draw.OneIn(2);
                break;
            case 6:
                raw = OddText.Number(draw);
                body[name] = Raw;
                break;
            case 7:
                body[name] = OddText.Number(draw);
                break;
            case 8:
                body[name] = OddText.Date(draw);
                break;
            case 9:
                raw = draw.One(Fragments);
                body[name] = Raw;
                break;
            case 10:
                int depth = 1 + draw.Below(draw.OneIn(20) ? 100_000 : 80);
                raw = new string('[', depth) + new string(']', depth);
                body[name] = Raw;
                break;
            case 11:
                // Half a character may be in a text, but in no JSON that a library writes.
                body[name] = OddText.Spoil(draw, body[name]?.ToString() ?? string.Empty);
                break;
            case 12:
                body[name] = OddText.Of(draw) + Place + OddText.Of(draw);
                break;
            case 13:
                body[name] = $"AADSTS{OddText.Number(draw)}: {OddText.Of(draw)} {Place} {OddText.Piece(draw)}";
                break;
            default:
                string other = draw.One(Fields);
                (body[name], body[other]) = (body[other]?.DeepClone(), body[name]?.DeepClone());
                break;
        }
    }

    private static string SpoilText(Draw draw, string text)
    {
        int at = draw.Below(text.Length + 1);
        return draw.Below(14) switch
        {
            0 => text[..at],
            1 => text[at..],
            2 => "\ufeff" + text,
            3 => $"<!DOCTYPE html><html><body>{text}</body></html>",
            4 => $"  \r\n{text}\n\n",
            5 => $"[{text}]",
            6 => JsonSerializer.Serialize(text),
            7 => InFront(
                text,
                $"\"{draw.One("\\ud800", "\\u0061ccess_token", "\\u0065rror\\udc00", "\\u0000", "\\n")}\":1"),
            8 => InFront(
                text,
                $"\"{draw.One(Fields)}\":{draw.One("null", "\"x\"", OddText.Number(draw), $"\"{Place}\"")}"),
            9 => text.Insert(at, OddText.Piece(draw)),
            10 => text + text,
            11 => text.Replace("\"", draw.One("'", "\\\"", "“", ""), StringComparison.Ordinal),
            12 => text + draw.One(",", "\0", "}", "null", "x"),
            _ => text.Remove(at, Math.Min(draw.Below(20), text.Length - at)),
        };
    }

    private static string InFront(string text, string member)
    {
        int brace = text.IndexOf('{', StringComparison.Ordinal);
        return brace < 0 ? text : text.Insert(brace + 1, member + ",");
    }
}

/// <summary>A body that goes over the wire.</summary>
internal sealed class Spoilt
{
    public Spoilt(string text, string token, int encoding, string place)
    {
        Text = text.Replace(place, token, StringComparison.Ordinal);
        Token = token;
        // Of another token nobody could tell that it is one.
        bool isSecret = OddTokens.LooksLikeOne(token) && Text.Contains(token, StringComparison.Ordinal);
        Secrets = isSecret ? [token[(token.IndexOf('.', StringComparison.Ordinal) + 1)..]] : [];
        Bytes = encoding switch
        {
            0 => Encoding.Unicode.GetBytes(Text),
            1 => Encoding.Latin1.GetBytes(Text),
            2 => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Text)],
            3 => [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Text)],
            4 => [.. Encoding.UTF8.GetBytes(Text), 0xC3, 0x28, 0xFF],
            5 => [.. Encoding.UTF8.GetBytes(Text).Select(letter => letter == (byte)'x' ? (byte)0xC0 : letter)],
            _ => Encoding.UTF8.GetBytes(Text),
        };
    }

    public string Text { get; }

    public byte[] Bytes { get; }

    public string Token { get; }

    /// <summary>What is to be told to nobody.</summary>
    public string[] Secrets { get; }
}
