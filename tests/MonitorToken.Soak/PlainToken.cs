using System.Text.Json;

namespace MonitorToken.Soak;

/// <summary>What a token says of itself, read without the module.</summary>
/// <param name="Audience">Whom it is for.</param>
/// <param name="TenantId">Who has issued it.</param>
/// <param name="ClientId">Whose it is.</param>
/// <param name="Proof">How that one has proved itself: 1 by a secret, 2 by a signature.</param>
/// <param name="IssuedOn">When it was made; Entra, and the emulator, date tokens back by five minutes.</param>
/// <param name="ExpiresOn">When it ends.</param>
internal sealed record PlainToken(
    string Audience, string TenantId, string ClientId, string Proof, DateTimeOffset IssuedOn, DateTimeOffset ExpiresOn)
{
    private static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    public static PlainToken Read(string token)
    {
        string payload = token.Split('.')[1].Replace('-', '+').Replace('_', '/');
        byte[] json = Convert.FromBase64String(payload.PadRight((payload.Length + 3) / 4 * 4, '='));
        using var document = JsonDocument.Parse(json);
        JsonElement claims = document.RootElement;
        return new PlainToken(
            Text("aud"),
            Text("tid"),
            Text("appid"),
            Text("appidacr"),
            Time("iat") + Backdating,
            Time("exp"));

        string Text(string name) => claims.TryGetProperty(name, out JsonElement claim) ? claim.GetString()! : "";

        DateTimeOffset Time(string name) =>
            DateTimeOffset.FromUnixTimeSeconds(claims.GetProperty(name).GetInt64());
    }

    /// <summary>One as Entra would make it, but signed by nobody: for the stand-in of a tool.</summary>
    public static string Make(Identity whose, string audience, DateTimeOffset expiresOn)
    {
        long issued = (DateTimeOffset.UtcNow - Backdating).ToUnixTimeSeconds();
        return string.Join('.', Encode(new { alg = "RS256", typ = "JWT" }), Encode(new
        {
            aud = audience,
            tid = whose.TenantId,
            appid = whose.ClientId,
            appidacr = whose.Proof,
            iat = issued,
            nbf = issued,
            exp = expiresOn.ToUnixTimeSeconds(),
        }), "c2lnbmF0dXJl");

        static string Encode(object part) =>
            Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(part))
                .TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }
}
