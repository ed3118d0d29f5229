using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MonitorToken.Engine.Certificates;
using MonitorToken.Proofs.Faults;
using static MonitorToken.TokenError;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>Certificate files with something wrong in them.</summary>
internal static class CertificateProperties
{
    private const string Password = "canary-5f0c2d-Yt72-kW9p-4sMd";

    private static readonly Lazy<byte[][]> Files = new(Make);

    public static IReadOnlyList<Property> All { get; } =
    [
        Property.Of(
            "A certificate file can be signed with, or is refused",
            800,
            Draw,
            Opened,
            file => $"password {file.Password ?? "none"}, base64 {Convert.ToBase64String(file.Content)}"),
    ];

    private static (byte[] Content, string? Password) Draw(Draw draw)
    {
        byte[] file = draw.One(Files.Value);
        byte[] content = draw.Below(10) switch
        {
            0 => file,
            1 => draw.Bytes(draw.Below(400)),
            2 => Encoding.UTF8.GetBytes(OddText.Of(draw)),
            3 => file[..draw.Below(file.Length)],
            4 => [.. file, .. draw.One(Files.Value)],
            5 or 6 => Encoding.Latin1.GetBytes(OddText.Spoil(draw, Encoding.Latin1.GetString(file))),
            _ => Flipped(draw, file),
        };
        return (content, draw.One<string?>(null, Password, Password, string.Empty, "wrong", OddText.Piece(draw)));
    }

    private static byte[] Flipped(Draw draw, byte[] file)
    {
        byte[] content = [.. file];
        for (int times = 1 + draw.Below(4); times > 0; times--)
            content[draw.Below(content.Length)] = draw.OneIn(2)
                ? (byte)draw.Below(256)
                : (byte)"-=\n 0Az\0"[draw.Below(8)];
        return content;
    }

    private static string? Opened((byte[] Content, string? Password) file) => Judged.Try(
        () =>
        {
            var certificate = SigningCertificate.FromFile("/run/secrets/app.pem", file.Content, file.Password);
            using X509Certificate2 opened = certificate.Certificate;
            using RSA? key = opened.GetRSAPrivateKey();
            return key is null ? "it is taken without a key"
                : certificate.ExpiresOn != new DateTimeOffset(opened.NotAfter.ToUniversalTime()) ? "its end is another"
                : null;
        },
        Encoding.Latin1.GetString(file.Content),
        [Password],
        InvalidCertificate);

    private static byte[][] Make()
    {
        X509Certificate2 good = Keys.Certificate;
        using RSA key = good.GetRSAPrivateKey()!;
        using var other = RSA.Create(2048);
        string certificate = good.ExportCertificatePem();
        var fast = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        string[] texts =
        [
            certificate + "\n" + key.ExportPkcs8PrivateKeyPem(),
            key.ExportRSAPrivateKeyPem() + "\r\n" + certificate,
            certificate + "\n" + key.ExportEncryptedPkcs8PrivateKeyPem(Password, fast),
            certificate + "\n" + other.ExportPkcs8PrivateKeyPem(),
            Keys.Elliptic.ExportCertificatePem() + "\n"
                + Keys.Elliptic.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(),
            certificate,
            certificate + certificate + key.ExportPkcs8PrivateKeyPem(),
        ];
        return
        [
            .. texts.Select(Encoding.ASCII.GetBytes),
            good.Export(X509ContentType.Pfx),
            good.Export(X509ContentType.Pfx, Password),
            good.Export(X509ContentType.Cert),
            Keys.Elliptic.Export(X509ContentType.Pfx),
        ];
    }
}
