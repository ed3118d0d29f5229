using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using MonitorToken.Engine.Tools;

namespace MonitorToken.Engine.Certificates;

/// <summary>
/// Where the caller keeps a certificate. A file is looked at for each token, because those who keep certificates fresh
/// replace it, and opened only when it holds something new.
/// </summary>
internal sealed class CertificateSource
{
    /// <summary>Opening one takes milliseconds and memory, so each is opened once in a process.</summary>
    private static readonly ConcurrentDictionary<string, (string Content, SigningCertificate Certificate)> Opened =
        new(StringComparer.Ordinal);

    private readonly Func<SigningCertificate> _open;
    private volatile SigningCertificate? _latest;

    private CertificateSource(Func<SigningCertificate> open) => _open = open;

    /// <exception cref="TokenException">It cannot be found, read or signed with.</exception>
    public SigningCertificate Current => _latest = _open();

    /// <summary>When the one that was looked at last expires.</summary>
    public DateTimeOffset ExpiresOn => _latest!.ExpiresOn;

    /// <exception cref="TokenException">The certificate cannot be found, read or signed with.</exception>
    public static CertificateSource Of(CredentialOptions options)
    {
        CertificateSource source =
            options.Certificate is { } certificate ? OfObject(certificate)
            : options.CertificatePath is { } path
                ? OfFile(path, options.CertificatePassword is { } given ? Secret.PlainText(given) : null)
                : OfStore(options.CertificateThumbprint!);
        _ = source.Current;
        return source;
    }

    public static CertificateSource OfFile(string path, string? password)
    {
        string key = Digest.Of("file", path, password);
        return new CertificateSource(() =>
        {
            byte[] content = Read(path);
            string digest = Convert.ToBase64String(Digest.Sha256(content));
            if (Opened.TryGetValue(key, out (string Content, SigningCertificate Certificate) opened)
                && opened.Content == digest)
                return opened.Certificate;

            SigningCertificate certificate = SigningCertificate.FromFile(path, content, password);
            Opened[key] = (digest, certificate);
            return certificate;
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
            Opened.GetOrAdd("store " + wanted, _ => (wanted, FromStore(wanted, thumbprint))).Certificate);
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
