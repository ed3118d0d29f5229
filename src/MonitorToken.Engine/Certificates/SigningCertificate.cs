using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
#if !NET
using System.Text.RegularExpressions;
#endif

namespace MonitorToken.Engine.Certificates;

/// <summary>A client certificate with an RSA private key, which signs the client assertion.</summary>
internal sealed class SigningCertificate
{
    private readonly X509Certificate2 _certificate;

    private SigningCertificate(X509Certificate2 certificate, string? pemPath = null)
    {
        (_certificate, PemPath) = (certificate, pemPath);
        (Fingerprint, ExpiresOn) = (certificate.Thumbprint, new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
    }

    /// <summary>The certificate.</summary>
    /// <exception cref="TokenException">Its owner has disposed it.</exception>
    public X509Certificate2 Certificate =>
        _certificate.Handle != IntPtr.Zero ? _certificate : throw DisposedOf("The certificate");

    /// <summary>
    /// On .NET Framework, the path of a PEM file, whose private key Azure.Identity reads itself; otherwise null.
    /// </summary>
    public string? PemPath { get; }

    /// <summary>When the certificate expires, in UTC.</summary>
    public DateTimeOffset ExpiresOn { get; }

    /// <summary>The SHA-1 thumbprint, in hexadecimal.</summary>
    public string Fingerprint { get; }

    /// <summary>Validates a certificate, which error messages refer to by its source.</summary>
    /// <exception cref="TokenException">The certificate is disposed, or has no usable RSA private key.</exception>
    public static SigningCertificate From(X509Certificate2 certificate, string source)
    {
        try
        {
            if (certificate.Handle == IntPtr.Zero)
                throw DisposedOf(source);
            if (!certificate.HasPrivateKey)
                throw Invalid(
                    $"{source} has no private key.",
                    "Give the certificate together with its key; the .cer or .crt file alone is what Entra has.");

            using RSA? key = certificate.GetRSAPrivateKey();
            return key is not null
                ? new SigningCertificate(certificate)
                : throw Invalid(
                    $"{source} has a key that is not RSA, and Entra takes no other.",
                    "Use a certificate with an RSA key, and upload it to the application.");
        }
        catch (CryptographicException)
        {
            throw Invalid(
                $"{source} has a private key that this user cannot use.",
                "Check that this user may use its private key.");
        }
    }

    /// <summary>Opens a PEM or PFX file.</summary>
    /// <exception cref="TokenException">The file cannot be opened, or its private key is not usable.</exception>
    public static SigningCertificate FromFile(string path, byte[] content, string? password)
    {
        string source = $"The certificate file '{path}'";
        string text = Encoding.ASCII.GetString(content);
        try
        {
            return text.Contains("-----BEGIN ")
                ? FromPem(path, text, password, source)
                : From(OpenPfx(content, password), source);
        }
        catch (PlatformNotSupportedException)
        {
            throw Invalid(
                $"{source} has a key of a kind that is not known here.",
                "Use a certificate with an RSA key, and upload it to the application.");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or FormatException)
        {
            throw Invalid(
                $"{source} cannot be opened{(password is null ? " without a password" : " with this password")}: it is "
                    + "damaged, or the password is another.",
                "Give the right -CertificatePassword, and a PEM file with certificate and key or a PFX file.");
        }
    }

    /// <summary>Creates the exception for a certificate that is not usable.</summary>
    public static TokenException Invalid(string message, string recommendedAction) =>
        new(TokenError.InvalidCertificate, message, recommendedAction);

    private static TokenException DisposedOf(string source) =>
        Invalid(
            $"{source} has been disposed of.",
            "Give a certificate that is still in use, and dispose of it only when no more tokens are needed.");

    private static X509Certificate2 OpenPfx(byte[] content, string? password)
    {
#if NET
        // Keep the key in memory if the platform can (macOS cannot); otherwise Windows writes a key file for each
        // certificate that is opened.
        return new X509Certificate2(
            content,
            password,
            OperatingSystem.IsMacOS() ? X509KeyStorageFlags.DefaultKeySet : X509KeyStorageFlags.EphemeralKeySet);
#else
        return new X509Certificate2(content, password);
#endif
    }

#if NET
    private static SigningCertificate FromPem(string path, string text, string? password, string source)
    {
        if (!text.Contains("PRIVATE KEY-----"))
            throw Invalid($"{source} has no private key.", "Put certificate and key into one PEM file.");

        // Ignore a password if the key is not encrypted.
        using X509Certificate2 certificate = password is null || !text.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
            ? X509Certificate2.CreateFromPem(text, text)
            : X509Certificate2.CreateFromEncryptedPem(text, text, password);
        // On Windows, the ephemeral key of a certificate from CreateFromPem cannot be used until the certificate has
        // been exported and imported again.
        return From(OpenPfx(certificate.Export(X509ContentType.Pfx), null), source);
    }
#else
    /// <summary>
    /// .NET Framework cannot read private keys in PEM format; Azure.Identity reads them from the file.
    /// </summary>
    private static SigningCertificate FromPem(string path, string text, string? password, string source)
    {
        if (password is not null || text.Contains("ENCRYPTED PRIVATE KEY"))
            throw Invalid(
                $"{source} has an encrypted key, which Windows PowerShell cannot read.",
                "Use PowerShell 7, or a PFX file.");

        Match certificate = Regex.Match(text, "-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----");
        return certificate.Success
            ? new SigningCertificate(
                new X509Certificate2(Convert.FromBase64String(certificate.Groups[1].Value)),
                Path.GetFullPath(path))
            : throw Invalid($"{source} has no certificate.", "Put certificate and key into one PEM file.");
    }
#endif
}
