using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>An app's word about itself, signed with the key of one of its certificates.</summary>
internal static class CertificateAssertion
{
    // The token endpoint, which clients send, or the issuer, which the documentation asks for.
    private static readonly string[] AudiencePaths = ["/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "/", ""];

    public static void Check(Jwt assertion, App app, TokenRequest request)
    {
        using X509Certificate2 certificate = Find(assertion, app);
        using RSA? key = certificate.GetRSAPublicKey();
        if (key is null || !assertion.IsSignedBy(key) || certificate.NotAfter < DateTime.Now)
            throw new EntraException(Refusals.WrongCertificateKey(certificate.Thumbprint, app.ClientId));
        if (assertion.Claim("iss") != app.ClientId || assertion.Claim("sub") != app.ClientId)
            throw new EntraException(Refusals.AssertionOfAnotherApp());
        if (!Audiences(request).Contains(assertion.Claim("aud") ?? "", StringComparer.OrdinalIgnoreCase))
            throw new EntraException(Refusals.WrongAssertionAudience());
        ClientAuthentication.CheckTime(assertion);
    }

    private static X509Certificate2 Find(Jwt assertion, App app)
    {
        if (app.FindCertificate(assertion) is { } registered)
            return registered;

        // Subject name and issuer: the certificate itself comes along, and need not be known. Entra also looks whether
        // one of
        // its trusted authorities issued it.
        if (assertion.Header("x5c") is { } sent && Read(sent) is { } certificate)
        {
            if (app.Trusts(certificate.SubjectName))
                return certificate;
            certificate.Dispose();
        }

        throw new EntraException(Refusals.UnknownCertificate(Thumbprint(assertion), app.ClientId));
    }

    // In hexadecimal digits, as portals show it, though clients send another form.
    private static string Thumbprint(Jwt assertion)
    {
        string sent = assertion.Header("x5t#S256") ?? assertion.Header("x5t") ?? assertion.Header("kid") ?? "";
        try
        {
            return Convert.ToHexString(Base64UrlEncoder.DecodeBytes(sent));
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentException)
        {
            return sent;
        }
    }

    private static IEnumerable<string> Audiences(TokenRequest request)
    {
        Cloud? cloud = request.Context.Cloud();
        IEnumerable<string> authorities = Hosts.Login
            .Where(host => cloud is null || host.Value == cloud)
            .Select(host => host.Key)
            .Append(request.Context.Request.Host.Value!);
        return from authority in authorities
               from tenant in new[] { $"{request.Tenant.Id}", request.Tenant.Domain }
               from path in AudiencePaths
               select $"https://{authority}/{tenant}{path}";
    }

    private static X509Certificate2? Read(string base64)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(Convert.FromBase64String(base64));
        }
        catch (Exception malformed) when (malformed is FormatException or CryptographicException)
        {
            return null;
        }
    }
}
