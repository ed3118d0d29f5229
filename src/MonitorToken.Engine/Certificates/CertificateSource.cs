using System.Globalization;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Certificates;

/// <summary>
/// Where the caller keeps a certificate. A file is looked at for each token, because those who keep certificates fresh
/// replace it, and opened only when it holds something new.
/// </summary>
internal sealed class CertificateSource
{
    private readonly Func<SigningCertificate> _open;
    private long _expiresOn;

    private CertificateSource(Func<SigningCertificate> open) => _open = open;

    /// <exception cref="TokenException">It cannot be found, read or signed with.</exception>
    public SigningCertificate Current
    {
        get
        {
            SigningCertificate certificate = _open();
            Volatile.Write(ref _expiresOn, certificate.ExpiresOn.UtcTicks);
            return certificate;
        }
    }

    /// <summary>When the one that was looked at last expires.</summary>
    public DateTimeOffset ExpiresOn => new(Volatile.Read(ref _expiresOn), TimeSpan.Zero);

    /// <exception cref="TokenException">The certificate cannot be found, read or signed with.</exception>
    public static CertificateSource Of(CredentialOptions options)
    {
        CertificateSource source =
            options.Certificate is { } certificate ? OfObject(certificate)
            : options.CertificatePath is { } path ? OfFile(path, options.CertificatePassword)
                : OfStore(options.CertificateThumbprint!);
        _ = source.Current;
        return source;
    }

    /// <param name="path">A PEM or PFX file.</param>
    /// <param name="password">Opens it; a plain string only for the moment of that.</param>
    public static CertificateSource OfFile(string path, SecureString? password)
    {
        string key = Digest.Of("file", path, password is null ? null : Digest.Of(password));
        return new CertificateSource(() =>
        {
            byte[] content = Read(path);
            string digest = Convert.ToBase64String(Digest.Sha256(content));
            return OpenedCertificates.Get(
                key,
                digest,
                () => SigningCertificate.FromFile(
                    path, content, password is null ? null : Secret.PlainText(password)));
        });
    }

    private static CertificateSource OfObject(X509Certificate2 certificate)
    {
        var signing = new SigningCertificate(certificate, "The certificate");
        return new CertificateSource(() => signing);
    }

    private static CertificateSource OfStore(string thumbprint)
    {
        string wanted = Regex.Replace(thumbprint, "[^0-9A-Fa-f]", string.Empty).ToUpper(CultureInfo.InvariantCulture);
        return new CertificateSource(() =>
            OpenedCertificates.Get("store " + wanted, wanted, () => FromStore(wanted, thumbprint)));
    }

    private static SigningCertificate FromStore(string wanted, string thumbprint)
    {
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

            X509Certificate2Collection found = store.Certificates
                .Find(X509FindType.FindByThumbprint, wanted, validOnly: false);
            if (found.Count > 0)
                return new SigningCertificate(found[0], $"The certificate {wanted} in the store {location}\\My");
        }

        throw SigningCertificate.Invalid(
            $"There is no certificate with the thumbprint '{thumbprint}' in the stores CurrentUser\\My and "
                + "LocalMachine\\My.",
            ToolPath.IsWindows
                ? "List what is there with: Get-ChildItem Cert:\\CurrentUser\\My, Cert:\\LocalMachine\\My"
                : "Away from Windows certificates are seldom in a store: give -CertificatePath a PEM or PFX file.");
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string why = Directory.Exists(path) ? "is a folder"
                : !File.Exists(path) ? "is not there"
                : exception is UnauthorizedAccessException ? "may not be read by this user"
                : "cannot be read, as when another program is writing it";
            throw SigningCertificate.Invalid(
                $"The certificate file '{path}' {why}.", "Check the path, and that this user may read it.");
        }
    }
}
