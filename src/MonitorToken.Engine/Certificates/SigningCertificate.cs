using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace MonitorToken.Engine.Certificates;

/// <summary>A client certificate with an RSA private key, which signs the client assertion.</summary>
internal sealed class SigningCertificate
{
    private const string EncryptedKey = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

    private const string PemAdvice = "Put the certificate and private key in one PEM file, or use a PFX file.";

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
                    "Specify a certificate that includes its private key. A .cer or .crt file doesn't contain it.");

            using RSA? key = certificate.GetRSAPrivateKey();
            return key is not null
                ? new SigningCertificate(certificate)
                : throw Invalid(
                    $"{source} has a key that isn't RSA, which Entra doesn't accept.",
                    "Use a certificate with an RSA key, and upload it to the application.");
        }
        catch (CryptographicException)
        {
            throw Invalid(
                $"{source} has a private key that this user can't use.",
                "Check that this user is allowed to use the private key.");
        }
    }

    /// <summary>Opens a PEM or PFX file.</summary>
    /// <exception cref="TokenException">The file cannot be opened, or its private key is not usable.</exception>
    public static SigningCertificate FromFile(string path, byte[] content, string? password)
    {
        string source = $"The certificate file '{path}'";
        if (content.Length == 0)
            throw Invalid($"{source} is empty.", PemAdvice);

        string text = Decode(content);
        bool isPem = text.Contains("-----BEGIN ");
        bool needsPassword = !isPem || text.Contains(EncryptedKey);
        try
        {
            return isPem
                ? FromPem(path, text, needsPassword ? password : null, source)
                : From(OpenPfx(content, password), source);
        }
        catch (PlatformNotSupportedException)
        {
            throw Invalid(
                $"{source} has an unknown type of key.",
                "Use a certificate with an RSA key, and upload it to the application.");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or FormatException)
        {
            throw needsPassword
                ? Invalid(
                    $"{source} can't be opened{(password is null ? " without a password" : " with this password")}. "
                        + "It's damaged, or the password is wrong.",
                    "Specify the correct -CertificatePassword, and a PEM file with certificate and key or a PFX file.")
                : Invalid($"{source} is damaged.", PemAdvice);
        }
    }

    /// <summary>Creates the exception for a certificate that is not usable.</summary>
    public static TokenException Invalid(string message, string recommendedAction) =>
        new(TokenError.InvalidCertificate, message, recommendedAction);

    private static TokenException DisposedOf(string source) =>
        Invalid(
            $"{source} has been disposed of.",
            "Specify a certificate that's still in use, and dispose of it only after you no longer need tokens.");

    /// <summary>Windows PowerShell writes text files as UTF-16, or as UTF-8 with a byte order mark.</summary>
    private static string Decode(byte[] content)
    {
        using var reader = new StreamReader(new MemoryStream(content), detectEncodingFromByteOrderMarks: true);
        return reader.ReadToEnd();
    }

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

    private static SigningCertificate FromPem(string path, string text, string? password, string source)
    {
        MatchCollection certificates = Regex.Matches(
            text, "-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----");
        if (certificates.Count == 0)
            throw Invalid($"{source} has no certificate.", PemAdvice);
        if (!text.Contains("PRIVATE KEY-----"))
            throw Invalid($"{source} has no private key.", PemAdvice);
        if (text.Contains("Proc-Type: 4,ENCRYPTED"))
            throw Invalid(
                $"{source} has a key that's encrypted in OpenSSL's traditional format, which .NET can't read.",
                "Convert the key with openssl pkcs8 -topk8, or use a PFX file.");

#if NET
        using X509Certificate2 certificate = OpenPem(certificates, text, password, source);
        // On Windows, the ephemeral key of a certificate from CreateFromPem cannot be used until the certificate has
        // been exported and imported again.
        return From(OpenPfx(certificate.Export(X509ContentType.Pfx), null), source);
#else
        // .NET Framework cannot read private keys in PEM format. Azure.Identity reads them from the file, but only
        // unencrypted in PKCS #8, and only with a single certificate.
        return text.Contains(EncryptedKey) || certificates.Count > 1 || !text.Contains("-----BEGIN PRIVATE KEY-----")
            ? throw Invalid(
                $"{source} has more than one certificate, or a key that's encrypted or not in PKCS #8 format, which "
                    + "Windows PowerShell can't read.",
                "Use PowerShell 7, or a PFX file.")
            : new SigningCertificate(
                new X509Certificate2(Convert.FromBase64String(certificates[0].Groups[1].Value)),
                Path.GetFullPath(path));
#endif
    }

#if NET
    /// <summary>
    /// Opens the certificate that the key belongs to. A chain may have its certificates in any order.
    /// </summary>
    private static X509Certificate2 OpenPem(
        MatchCollection certificates, string text, string? password, string source)
    {
        Exception? failure = null;
        foreach (Match certificate in certificates)
        {
            try
            {
                return password is null
                    ? X509Certificate2.CreateFromPem(certificate.Value, text)
                    : X509Certificate2.CreateFromEncryptedPem(certificate.Value, text, password);
            }
            catch (Exception exception) when (exception is ArgumentException or CryptographicException)
            {
                failure = exception;
            }
        }

        throw HasRsaKey(text, password) && certificates.All(certificate => IsCertificate(certificate.Value))
            ? Invalid($"{source} has a private key that doesn't match any of its certificates.", PemAdvice)
            : failure!;
    }

    private static bool IsCertificate(string text)
    {
        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPem(text);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static bool HasRsaKey(string text, string? password)
    {
        using var key = RSA.Create();
        try
        {
            if (password is null)
                key.ImportFromPem(text);
            else
                key.ImportFromEncryptedPem(text, password);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            return false;
        }
    }
#endif
}
