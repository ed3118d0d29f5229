using System.Text;
using System.Text.Json.Nodes;
using MonitorToken.EntraEmulator;

namespace MonitorToken.Proofs.Faults;

/// <summary>What comes in place of a good answer.</summary>
internal static class Bodies
{
    public const string Page = "<!DOCTYPE html><html><body>Sign in to the guest network</body></html>";

    public static IReadOnlyDictionary<string, string> Header(string name, string value) =>
        new Dictionary<string, string> { [name] = value };

    public static Fault Of(string body, int? status = null, string? contentType = "application/json") =>
        new() { Body = body, Status = status, ContentType = contentType };

    /// <summary>An answer whose token is spoilt, or whatever else is changed about it.</summary>
    public static Fault With(Action<JsonObject> change)
    {
        var body = new JsonObject
        {
            ["token_type"] = "Bearer",
            ["expires_in"] = 3599,
            ["access_token"] = Token(),
        };
        change(body);
        return Of(body.ToJsonString());
    }

    /// <summary>An answer with this in place of the time.</summary>
    public static Fault WithExpiry(JsonNode? time) => With(body => body["expires_in"] = time);

    /// <summary>One written by hand, where a JSON library would not.</summary>
    public static Fault WithRaw(string member) =>
        Of($$"""{"token_type":"Bearer","access_token":"{{Token()}}",{{member}}}""");

    /// <summary>A token that nobody has signed, with the canary in it.</summary>
    public static string Token(params (string Name, JsonNode? Value)[] claims)
    {
        var payload = new JsonObject { ["canary"] = Said.Canary };
        foreach ((string name, JsonNode? value) in claims)
            payload[name] = value;
        return TokenOf(payload.ToJsonString());
    }

    public static string TokenOf(string payload) =>
        $"{Encode("""{"typ":"JWT","alg":"none"}""")}.{Encode(payload)}.{Said.Canary}";

    public static long In(TimeSpan time) => (DateTimeOffset.UtcNow + time).ToUnixTimeSeconds();

    private static string Encode(string text) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
