using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace MonitorToken.Engine;

/// <summary>A certificate with its private key, from wherever the caller keeps it.</summary>
internal sealed class SigningCertificate
{
    private SigningCertificate(X509Certificate2 certificate, string source)
    {
        try
        {
            if (!certificate.HasPrivateKey)
                throw Invalid($"{source} has no private key.", "Give the certificate together with its key; the .cer or .crt file alone is what Entra has.");

            using RSA? key = certificate.GetRSAPrivateKey();
            if (key is null)
                throw Invalid($"{source} has a key that is not RSA, and Entra takes no other.", "Use a certificate with an RSA key, and upload it to the application.");
        }
        catch (CryptographicException exception)
        {
            throw Invalid($"{source} cannot be used: {exception.Message}", "Check that this user may use its private key, and that the certificate was not disposed of.");
        }

        Certificate = certificate;
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>In Windows PowerShell, the PEM file whose key Azure.Identity must read itself; else null.</summary>
    public string? PemPath { get; }

    public DateTimeOffset ExpiresOn => new(Certificate.NotAfter.ToUniversalTime());

    public string Fingerprint => Certificate.Thumbprint;

    /// <exception cref="TokenException">It cannot be found, read or signed with.</exception>
    public static SigningCertificate From(CredentialOptions options) =>
        options.Certificate is { } certificate ? new SigningCertificate(certificate, "The certificate")
        : options.CertificatePath is { } path ? FromFile(path, options.CertificatePassword is { } password ? Secret.PlainText(password) : null)
        : FromStore(options.CertificateThumbprint!);

    private static SigningCertificate FromFile(string path, string? password)
    {
        string source = $"The certificate file '{path}'";
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"{source} cannot be read: {exception.Message}", "Check the path, and that this user may read it.");
        }

        string text = Encoding.ASCII.GetString(content);
        try
        {
            return text.Contains("-----BEGIN ")
                ? FromPem(path, text, password, source)
                : new SigningCertificate(FromPfx(content, password), source);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or FormatException)
        {
            throw Invalid(
                $"{source} cannot be opened{(password is null ? " without a password" : " with this password")}: it is damaged, or the password is another.",
                "Give the right -CertificatePassword, and a PEM file with certificate and key or a PFX file.");
        }
    }

    private static X509Certificate2 FromPfx(byte[] content, string? password)
    {
#if NET
        // The key stays in memory where that is possible; else Windows writes it to a file for each certificate opened.
        return new X509Certificate2(content, password, OperatingSystem.IsMacOS() ? X509KeyStorageFlags.DefaultKeySet : X509KeyStorageFlags.EphemeralKeySet);
#else
        return new X509Certificate2(content, password);
#endif
    }

#if NET
    private static SigningCertificate FromPem(string path, string text, string? password, string source)
    {
        if (!text.Contains("PRIVATE KEY-----"))
            throw Invalid($"{source} has no private key.", "Put certificate and key into one PEM file.");

        using X509Certificate2 certificate = password is null
            ? X509Certificate2.CreateFromPem(text, text)
            : X509Certificate2.CreateFromEncryptedPem(text, text, password);
        // Windows cannot use the key of a certificate that was put together in memory until it went through a file format.
        return new SigningCertificate(FromPfx(certificate.Export(X509ContentType.Pfx), null), source);
    }
#else
    /// <summary>.NET Framework reads no keys in PEM; Azure.Identity does, from the file.</summary>
    private static SigningCertificate FromPem(string path, string text, string? password, string source)
    {
        if (password is not null || text.Contains("ENCRYPTED PRIVATE KEY"))
            throw Invalid($"{source} has an encrypted key, which Windows PowerShell cannot read.", "Use PowerShell 7, or a PFX file.");

        Match certificate = Regex.Match(text, "-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----");
        return certificate.Success
            ? new SigningCertificate(new X509Certificate2(Convert.FromBase64String(certificate.Groups[1].Value)), new FileInfo(path))
            : throw Invalid($"{source} has no certificate.", "Put certificate and key into one PEM file.");
    }

    private SigningCertificate(X509Certificate2 certificate, FileInfo pem)
    {
        Certificate = certificate;
        PemPath = pem.FullName;
    }
#endif

    private static SigningCertificate FromStore(string thumbprint)
    {
        string wanted = Regex.Replace(thumbprint, "[^0-9A-Fa-f]", string.Empty).ToUpper(CultureInfo.InvariantCulture);
        foreach (StoreLocation location in new[] { StoreLocation.CurrentUser, StoreLocation.LocalMachine })
        {
            using var store = new X509Store(StoreName.My, location);
            try
            {
                store.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
            }
            catch (CryptographicException)
            {
                // There is no such store here, as is usual away from Windows.
                continue;
            }

            X509Certificate2Collection found = store.Certificates.Find(X509FindType.FindByThumbprint, wanted, validOnly: false);
            if (found.Count > 0)
                return new SigningCertificate(found[0], $"The certificate {wanted} in the store {location}\\My");
        }

        throw Invalid(
            $"There is no certificate with the thumbprint '{thumbprint}' in the stores CurrentUser\\My and LocalMachine\\My.",
            "List what is there with: Get-ChildItem Cert:\\CurrentUser\\My, Cert:\\LocalMachine\\My");
    }

    private static TokenException Invalid(string message, string recommendedAction) =>
        new(TokenError.InvalidCertificate, message, recommendedAction);
}
