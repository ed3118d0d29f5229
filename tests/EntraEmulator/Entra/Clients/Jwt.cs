using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// A signed token that a client presents: taken apart, and not believed before its signature is checked.
/// </summary>
internal sealed class Jwt
{
    // What Entra takes: RSA alone, no elliptic curves.
    private static readonly Dictionary<string, (HashAlgorithmName Hash, RSASignaturePadding Padding)> Algorithms =
        new(StringComparer.Ordinal)
        {
            ["RS256"] = (HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            ["RS384"] = (HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            ["RS512"] = (HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            ["PS256"] = (HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            ["PS384"] = (HashAlgorithmName.SHA384, RSASignaturePadding.Pss),
            ["PS512"] = (HashAlgorithmName.SHA512, RSASignaturePadding.Pss),
        };

    private readonly JsonElement _header;
    private readonly JsonElement _payload;
    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private Jwt(JsonElement header, JsonElement payload, byte[] signed, byte[] signature)
    {
        _header = header;
        _payload = payload;
        _signed = signed;
        _signature = signature;
    }

    /// <summary>Takes a token apart, or gives Entra's reason why it cannot be.</summary>
    public static Jwt Parse(string token)
    {
        string[] parts = token.Split('.');
        try
        {
            if (parts.Length == 3
                && Json(parts[0]) is { ValueKind: JsonValueKind.Object } header
                && Json(parts[1]) is { ValueKind: JsonValueKind.Object } payload)
            {
                byte[] signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
                var jwt = new Jwt(header, payload, signed, Base64UrlEncoder.DecodeBytes(parts[2]));
                string algorithm = jwt.Header("alg") ?? "none";
                return Algorithms.ContainsKey(algorithm)
                    ? jwt
                    : throw new EntraException(Refusals.UnsupportedAlgorithm(algorithm));
            }
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException or ArgumentException)
        {
        }

        throw new EntraException(Refusals.MalformedJwt());
    }

    public string? Header(string name) => Text(_header, name);

    public string? Claim(string name) => Text(_payload, name);

    /// <summary>A point in time. MSAL.NET writes these as strings, MSAL for Python with fractions.</summary>
    public DateTimeOffset? Time(string name) =>
        double.TryParse(Claim(name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            && seconds < uint.MaxValue
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    public bool IsSignedBy(RSA key)
    {
        (HashAlgorithmName hash, RSASignaturePadding padding) = Algorithms[Header("alg")!];
        return key.VerifyData(_signed, _signature, hash, padding);
    }

    private static JsonElement Json(string part)
    {
        using var document = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(part));
        return document.RootElement.Clone();
    }

    // Where the standard allows one value or a list, clients send either; the first is the one that counts.
    private static string? Text(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out JsonElement value))
            return null;
        if (value.ValueKind == JsonValueKind.Array)
            value = value.EnumerateArray().FirstOrDefault();
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
    }
}
