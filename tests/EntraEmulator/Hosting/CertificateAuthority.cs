using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// Makes a certificate for whatever host a client asks for, all under one root that the client is told to trust.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly ConcurrentDictionary<string, SslStreamCertificateContext> _leaves =
        new(StringComparer.OrdinalIgnoreCase);

    // One key for all leaves: certificates cost nothing to make, keys do.
    private readonly ECDsa _leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private CertificateAuthority(X509Certificate2 certificate) => Certificate = certificate;

    /// <summary>The root, with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>A new root of which nobody knows yet.</summary>
    public static CertificateAuthority Create()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=MonitorToken Entra Emulator CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return new(request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1)));
    }

    /// <summary>A root made earlier by <see cref="Save"/>, which the machine has been told to trust.</summary>
    public static CertificateAuthority Load(string path) => new(X509Certificate2.CreateFromPemFile(path));

    /// <summary>The root as PEM, without its key.</summary>
    public string ExportPem() => Certificate.ExportCertificatePem() + "\n";

    /// <summary>
    /// Writes certificate and key to a file for <see cref="Load"/>, and the certificate alone beside it as .crt, for
    /// trust stores.
    /// </summary>
    public void Save(string path)
    {
        using ECDsa key = Certificate.GetECDsaPrivateKey()
            ?? throw new InvalidOperationException("The root has no ECDSA key.");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(path, options))
            writer.Write(ExportPem() + key.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(Path.ChangeExtension(path, ".crt"), ExportPem());
    }

    public void Dispose()
    {
        foreach (SslStreamCertificateContext leaf in _leaves.Values)
            leaf.TargetCertificate.Dispose();
        _leafKey.Dispose();
        Certificate.Dispose();
    }

    /// <summary>The certificate for a host name; for localhost where the client named none.</summary>
    internal SslStreamCertificateContext CertificateFor(string? host) =>
        _leaves.GetOrAdd(string.IsNullOrEmpty(host) ? "localhost" : host, Issue);

    private SslStreamCertificateContext Issue(string host)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        if (host == "localhost")
            names.AddIpAddress(IPAddress.Loopback);

        var request = new CertificateRequest($"CN={host}", _leafKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));

        // Apple's trust evaluation refuses leaves that live longer than 398 days; the root's own end must not be
        // passed.
        DateTimeOffset now = DateTimeOffset.UtcNow;
        DateTimeOffset end = now.AddDays(90) < Certificate.NotAfter ? now.AddDays(90) : Certificate.NotAfter;
        using X509Certificate2 bare = request.Create(
            Certificate, now.AddHours(-1), end, RandomNumberGenerator.GetBytes(16));
        X509Certificate2 leaf = bare.CopyWithPrivateKey(_leafKey);

        // Windows and macOS cannot serve TLS with a key that lives in memory only; a round trip through PFX gives it a
        // home.
        if (!OperatingSystem.IsLinux())
        {
            using X509Certificate2 ephemeral = leaf;
            leaf = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pfx), null);
        }

        return SslStreamCertificateContext.Create(leaf, additionalCertificates: null, offline: true);
    }
}
