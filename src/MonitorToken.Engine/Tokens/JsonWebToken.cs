using System.Globalization;
using System.Text.Json;

namespace MonitorToken.Engine.Tokens;

/// <summary>
/// Decodes the claims of a JSON Web Token (RFC 7519). The signature is not verified: a client has no need to, and the
/// claims are only displayed and compared.
/// </summary>
internal static class JsonWebToken
{
    /// <summary>Decodes the claims of a token; null if it is not a JWT.</summary>
    public static TokenClaims? TryRead(string token)
    {
        string[] parts = token.Split('.');
        if (parts.Length != 3)
            return null;

        try
        {
            using JsonDocument payload = JsonDocument.Parse(FromBase64Url(parts[1]));
            return Value(payload.RootElement) is Dictionary<string, object?> claims ? From(claims) : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static TokenClaims From(Dictionary<string, object?> claims)
    {
        string? clientId = Text("appid") ?? Text("azp");
        return new TokenClaims(claims)
        {
            Audience = Text("aud"),
            Issuer = Text("iss"),
            TenantId = Text("tid"),
            ClientId = clientId,
            ObjectId = Text("oid"),
            UniqueTokenIdentifier = Text("uti"),
            Identity = Text("upn") ?? Text("unique_name") ?? Text("preferred_username") ?? clientId ?? Text("oid"),
            IdentityType =
                claims.ContainsKey("xms_mirid") ? "ManagedIdentity"
                : Text("idtyp") == "app" ? "ServicePrincipal"
                : Text("idtyp") == "user" || claims.ContainsKey("scp") || claims.ContainsKey("upn") ? "User"
                : claims.ContainsKey("roles") || (clientId is not null && Text("oid") == Text("sub"))
                    ? "ServicePrincipal"
                    : null,
            Roles = List("roles"),
            Scopes = Text("scp")?.Split([' '], StringSplitOptions.RemoveEmptyEntries) ?? [],
            IssuedAt = Time("iat"),
            NotBefore = Time("nbf"),
            ExpiresOn = Time("exp"),
        };

        string? Text(string name) => claims.TryGetValue(name, out object? value) ? value as string : null;

        string[] List(string name) => claims.TryGetValue(name, out object? value)
            ? value switch
            {
                object?[] values => [.. values.OfType<string>()],
                string text => [text],
                _ => [],
            }
            : [];

        DateTimeOffset? Time(string name) =>
            claims.TryGetValue(name, out object? value) && value is long or double
            // The upper limit is the Unix time of 9999-12-31T23:59:59Z, the last second of DateTimeOffset.
            && Convert.ToDouble(value, CultureInfo.InvariantCulture) is >= 0 and <= 253402300799 and var seconds
                ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
                : null;
    }

    private static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out long number) ? (object)number : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToArray(),
        // Of members with the same name, the last one counts.
        JsonValueKind.Object => element.EnumerateObject().GroupBy(member => member.Name)
            .ToDictionary(member => member.Key, member => Value(member.Last().Value)),
        _ => null,
    };

    private static byte[] FromBase64Url(string text)
    {
        string base64 = text.Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='));
    }
}
