using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MonitorToken.EntraEmulator;

namespace MonitorToken.Proofs.Faults;

/// <summary>Certificates, made once: keys take their time.</summary>
internal sealed class Keys
{
    private static readonly ConditionalWeakTable<Emulator, Keys> ByEmulator = new();

    private Keys(CertificateAuthority authority)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using CertificateAuthority stranger = CertificateAuthority.Create();
        OfUnknownAuthority = Leaf(stranger.Certificate, "localhost", now.AddHours(-2), now.AddHours(2));
        OfAnotherHost = Leaf(authority.Certificate, "elsewhere.example", now.AddHours(-2), now.AddHours(2));
        Expired = Leaf(authority.Certificate, "localhost", now.AddHours(-2), now.AddHours(-1));
    }

    /// <summary>What every application of the campaign can sign with.</summary>
    public static X509Certificate2 Certificate { get; } = Create(DateTimeOffset.UtcNow.AddDays(30));

    /// <summary>Of no application yet.</summary>
    public static X509Certificate2 Another { get; } = Create(DateTimeOffset.UtcNow.AddDays(30));

    /// <summary>Past its end since yesterday.</summary>
    public static X509Certificate2 Past { get; } = Create(DateTimeOffset.UtcNow.AddDays(-1));

    /// <summary>With a key that Entra takes from nobody.</summary>
    public static X509Certificate2 Elliptic { get; } = CreateElliptic();

    public X509Certificate2 OfUnknownAuthority { get; }

    public X509Certificate2 OfAnotherHost { get; }

    public X509Certificate2 Expired { get; }

    /// <summary>For servers that pretend to be an emulator.</summary>
    public static Keys Of(Emulator emulator) =>
        ByEmulator.GetValue(emulator, known => new Keys(known.CertificateAuthority));

    private static X509Certificate2 Create(DateTimeOffset end)
    {
        using var key = RSA.Create(2048);
        return new CertificateRequest("CN=campaign", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), end);
    }

    private static X509Certificate2 CreateElliptic()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=campaign", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
    }

    private static X509Certificate2 Leaf(X509Certificate2 issuer, string host, DateTimeOffset start, DateTimeOffset end)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        if (host == "localhost")
            names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        using X509Certificate2 bare = request.Create(issuer, start, end, RandomNumberGenerator.GetBytes(16));
        using X509Certificate2 leaf = bare.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pfx), null);
    }
}
