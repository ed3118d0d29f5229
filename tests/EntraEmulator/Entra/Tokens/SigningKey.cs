using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The key that signs tokens. Made when the first token is, and once in a process: RSA keys are slow to make, and an
/// emulator's tokens are told apart by their tenant.
/// </summary>
internal static class SigningKey
{
    private static readonly Lazy<X509SecurityKey> Key = new(Create);

    public static X509SecurityKey Current => Key.Value;

    /// <summary>The key as a JWKS entry with the members that Entra's have.</summary>
    public static JsonObject ToJson(string issuer)
    {
        RSAParameters rsa = Current.Certificate.GetRSAPublicKey()!.ExportParameters(false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["kid"] = Current.KeyId,
            ["x5t"] = Current.X5t,
            ["n"] = Base64UrlEncoder.Encode(rsa.Modulus),
            ["e"] = Base64UrlEncoder.Encode(rsa.Exponent),
            ["x5c"] = new JsonArray(Convert.ToBase64String(Current.Certificate.RawData)),
            ["issuer"] = issuer,
        };
    }

    private static X509SecurityKey Create()
    {
        RSA rsa = RSA.Create(2048);
        var request = new CertificateRequest(
            "CN=accounts.accesscontrol.windows.net", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        X509Certificate2 certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));
        return new X509SecurityKey(certificate, Base64UrlEncoder.Encode(certificate.GetCertHash()));
    }
}
