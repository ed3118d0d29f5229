using System.Text;
using System.Text.Json;
using MonitorToken.Engine;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>What is read from tokens and claims, and what is taken out of texts.</summary>
internal static class TokenProperties
{
    public static IReadOnlyList<Property> All { get; } =
    [
        Property.Of("A token is read as it is, or not at all", 9_000, OddTokens.Of, Read),
        Property.Of("Claims are an object, or they are refused", 4_000, Claims, AreClaims),
        Property.Of(
            "A token is masked wherever it stands",
            6_000,
            draw => (Token: OddTokens.Good(), Before: OddText.Of(draw), After: OddText.Of(draw)),
            said => Masked(said.Before + said.Token + said.After),
            said => said.Before + said.Token + said.After),
        Property.Of("A code of Entra's is found", 4_000, draw => OddText.Spoil(draw, "x AADSTS7000215: y"), Code),
    ];

    private static string Claims(Draw draw) => draw.OneIn(4)
        ? OddText.Of(draw)
        : OddText.Spoil(draw, """{"access_token":{"acrs":{"essential":true,"value":"c1"}}}""");

    private static string? Read(string token)
    {
        TokenClaims? claims = JsonWebToken.TryRead(token);
        if (claims is null)
            return token == OddTokens.Good() ? "a good token is not read" : null;

        string[] parts = token.Split('.');
        if (parts.Length != 3)
            return "a token of other than three parts is read";
        string base64 = parts[1].Replace('-', '+').Replace('_', '/');
        string payload = Encoding.UTF8
            .GetString(Convert.FromBase64String(base64 + new string('=', -base64.Length & 3)));
        foreach (string? text in new[] { claims.Audience, claims.TenantId, claims.Identity, claims.ObjectId })
        {
            // What is escaped is spelt in another way.
            if (text is not null && !payload.Contains('\\') && !payload.Contains(text, StringComparison.Ordinal))
                return $"'{text}' is read, and not there";
        }

        return claims.ExpiresOn is { } expiresOn && !payload.Contains(Digits(expiresOn), StringComparison.Ordinal)
            && !payload.AsSpan().ContainsAny('e', 'E')
            ? $"{expiresOn:u} is read, and not there"
            : null;
    }

    private static string Digits(DateTimeOffset time) =>
        time.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string? AreClaims(string claims)
    {
        bool isObject;
        try
        {
            isObject = System.Text.Json.Nodes.JsonNode.Parse(claims) is System.Text.Json.Nodes.JsonObject;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            isObject = false;
        }

        return JsonClaims.AreValid(claims) == isObject ? null : $"they are said to be {(isObject ? "none" : "good")}";
    }

    private static string? Masked(string text)
    {
        string masked = Secret.Mask(text);
        if (Judged.Leak(masked, [OddTokens.Good().Split('.')[1][..60]]) is { } left)
            return $"'{left}' is left: {masked}";
        return Secret.Mask(masked) == masked ? null : "what is masked twice is not what is masked once";
    }

    private static string? Code(string text)
    {
        string? code = EntraErrors.FindCode(text);
        if (code is null)
        {
            int at = text.IndexOf("AADSTS", StringComparison.Ordinal);
            return at >= 0 && text.Length > at + 6 && char.IsAsciiDigit(text[at + 6]) ? "there is one" : null;
        }

        return code.StartsWith("AADSTS", StringComparison.Ordinal) && code.Length is > 6 and <= 20
            && code[6..].All(char.IsAsciiDigit) && text.Contains(code, StringComparison.Ordinal)
            ? null
            : $"'{code}' is none";
    }
}
