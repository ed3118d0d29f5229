using System.Text.Json.Nodes;
using MonitorToken.Proofs.Faults;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>Tokens that nobody has signed, and what is none.</summary>
internal static class OddTokens
{
    /// <summary>Any, with the canary in most.</summary>
    public static string Of(Draw draw) => draw.Below(10) switch
    {
        0 => OddText.Of(draw),
        1 => "opaque-" + draw.Long().ToString("x", System.Globalization.CultureInfo.InvariantCulture),
        2 => OddText.Spoil(draw, Good()),
        3 => Bodies.TokenOf(OddText.Of(draw)),
        4 => new string('x', 65530 + draw.Below(12)),
        _ => Bodies.TokenOf(OddJson.Spoil(draw, Claims())),
    };

    public static string Good() => Bodies.TokenOf(Claims().ToJsonString());

    /// <summary>
    /// Whether a text is one that may be told to nobody: three parts, of which the first is a JSON object's.
    /// </summary>
    public static bool LooksLikeOne(string token) =>
        token.StartsWith("eyJ", StringComparison.Ordinal)
        && token.Split('.') is { Length: 3 } parts
        && parts.All(
            part => part.Length > 0 && part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'));

    private static JsonObject Claims()
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return new JsonObject
        {
            ["aud"] = "https://api.loganalytics.io",
            ["iss"] = "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
            ["tid"] = "72f988bf-86f1-41af-91ab-2d7cd011db47",
            ["oid"] = "0b1c2d3e-0000-0000-0000-000000000000",
            ["appid"] = "0b1c2d3e-0000-0000-0000-000000000001",
            ["roles"] = new JsonArray("Data.Read"),
            ["idtyp"] = "app",
            ["iat"] = now,
            ["nbf"] = now,
            ["exp"] = now + 3600,
        };
    }
}
