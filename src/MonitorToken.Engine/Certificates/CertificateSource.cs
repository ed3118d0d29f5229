using System.Globalization;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Certificates;

/// <summary>
/// The source of a client certificate: an object, a file or a certificate store. A file is checked for each token,
/// because tools that rotate certificates replace it, and is opened again only if its content has changed.
/// </summary>
internal sealed class CertificateSource
{
    private readonly Func<SigningCertificate?> _known;
    private readonly Func<CancellationToken, Task<SigningCertificate>> _openAsync;
    private long _expiresOn;

    private CertificateSource(
        Func<SigningCertificate?> known, Func<CancellationToken, Task<SigningCertificate>> openAsync) =>
        (_known, _openAsync) = (known, openAsync);

    /// <summary>When the certificate that was used last expires, in UTC; null if none has been used.</summary>
    public DateTimeOffset? ExpiresOn =>
        Volatile.Read(ref _expiresOn) is > 0 and long ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Creates the source that the options name.</summary>
    public static CertificateSource Of(CredentialOptions options) =>
        options.Certificate is { } certificate ? OfObject(certificate)
            : options.CertificatePath is { } path ? OfFile(path, options.CertificatePassword)
            : OfStore(options.CertificateThumbprint!);

    /// <summary>
    /// Creates the source for a PEM or PFX file. The password is in plain text only while the file is opened.
    /// </summary>
    public static CertificateSource OfFile(string path, SecureString? password)
    {
        string key = Digest.Of("file", path, password is null ? null : Digest.Of(password));
        return new CertificateSource(
            () => FileSnapshot.TryGetDigest(path) is { } digest ? OpenedCertificates.TryGet(key, digest) : null,
            async cancellationToken =>
            {
                FileSnapshot file = await FileSnapshot.ReadAsync(path, cancellationToken).ConfigureAwait(false);
                byte[] content = file.Content ?? throw Unreadable(path, file.Error);
                return OpenedCertificates.Get(
                    key,
                    file.Digest,
                    () => SigningCertificate.FromFile(
                        path, content, password is null ? null : Secret.PlainText(password)));
            });
    }

    /// <summary>
    /// Returns the current certificate if it has been opened before; null if the file has to be read or opened.
    /// </summary>
    public SigningCertificate? TryGetCurrent() => _known() is { } certificate ? RecordExpiry(certificate) : null;

    /// <summary>Returns the current certificate, and opens it if necessary.</summary>
    /// <exception cref="TokenException">
    /// The certificate cannot be found or read, or has no usable private key.
    /// </exception>
    public async Task<SigningCertificate> GetCurrentAsync(CancellationToken cancellationToken) =>
        TryGetCurrent() ?? RecordExpiry(await _openAsync(cancellationToken).ConfigureAwait(false));

    private static CertificateSource OfObject(X509Certificate2 certificate)
    {
        var signing = SigningCertificate.From(certificate, "The certificate");
        return new CertificateSource(() => signing, _ => Task.FromResult(signing));
    }

    private static CertificateSource OfStore(string thumbprint)
    {
        string wanted = Regex.Replace(thumbprint, "[^0-9A-Fa-f]", string.Empty).ToUpper(CultureInfo.InvariantCulture);
        string key = "store " + wanted;
        return new CertificateSource(
            () => OpenedCertificates.TryGet(key, wanted),
            cancellationToken => Task.Run(
                () => OpenedCertificates.Get(key, wanted, () => FromStore(wanted, thumbprint)))
                .UnlessCanceled(cancellationToken));
    }

    private SigningCertificate RecordExpiry(SigningCertificate certificate)
    {
        Volatile.Write(ref _expiresOn, certificate.ExpiresOn.UtcTicks);
        return certificate;
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
                // The store does not exist, which is usual on Linux and macOS.
                continue;
            }

            X509Certificate2Collection found = store.Certificates
                .Find(X509FindType.FindByThumbprint, wanted, validOnly: false);
            if (found.Count > 0)
                return SigningCertificate.From(found[0], $"The certificate {wanted} in the store {location}\\My");
        }

        throw SigningCertificate.Invalid(
            $"There's no certificate with the thumbprint '{thumbprint}' in the stores CurrentUser\\My and "
                + "LocalMachine\\My.",
            ToolPath.IsWindows
                ? "To list the certificates, run: Get-ChildItem Cert:\\CurrentUser\\My, Cert:\\LocalMachine\\My"
                : "Outside Windows, specify a PEM or PFX file with -CertificatePath.");
    }

    private static TokenException Unreadable(string path, Exception? error)
    {
        string why = error is null ? "doesn't exist"
            : Directory.Exists(path) ? "is a folder"
            : FileStamp.IsDevice(path) ? "is a device"
            : error is PathTooLongException ? "has a path that's too long for Windows PowerShell"
            : error is UnauthorizedAccessException ? "can't be read by this user"
            : "can't be read, for example because another program is writing to it";
        return SigningCertificate.Invalid(
            $"The certificate file '{path}' {why}.", "Check the path, and that this user is allowed to read the file.");
    }
}
