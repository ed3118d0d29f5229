using System.Text.Json;

namespace MonitorToken.Engine;

/// <summary>What a token says of itself. Nothing is verified: that is the business of the service that it is meant for.</summary>
internal sealed class TokenClaims
{
    private static readonly TokenClaims None = new();

    public DateTimeOffset? NotBefore { get; private init; }

    public string? TenantId { get; private init; }

    /// <summary>The user principal name, the application's id, or the object id: the first that the token has.</summary>
    public string? Identity { get; private init; }

    /// <param name="token">A token of any kind; one that is no JWT has no claims.</param>
    public static TokenClaims Read(string token)
    {
        string[] parts = token.Split('.');
        if (parts.Length != 3)
            return None;

        try
        {
            using JsonDocument payload = JsonDocument.Parse(FromBase64Url(parts[1]));
            JsonElement claims = payload.RootElement;
            if (claims.ValueKind != JsonValueKind.Object)
                return None;

            return new TokenClaims
            {
                NotBefore = claims.TryGetProperty("nbf", out JsonElement nbf) && nbf.TryGetInt64(out long seconds)
                    ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                    : null,
                TenantId = Text(claims, "tid"),
                Identity = Text(claims, "upn") ?? Text(claims, "unique_name") ?? Text(claims, "preferred_username")
                    ?? Text(claims, "appid") ?? Text(claims, "azp") ?? Text(claims, "oid"),
            };
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return None;
        }
    }

    private static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[] FromBase64Url(string text)
    {
        string base64 = text.Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='));
    }
}
