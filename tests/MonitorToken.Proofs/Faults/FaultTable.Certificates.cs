using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using static MonitorToken.TokenError;

namespace MonitorToken.Proofs.Faults;

internal static partial class FaultTable
{
    private const string Password = "correct-horse-battery";

    /// <summary>Like no word, so that nothing else is taken for it.</summary>
    private const string AnotherPassword = "w9Tz-Lq40-vX7m-Rk2e";

    private static IEnumerable<FaultRow> CertificateFiles()
    {
        static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";
        static RSA Key(X509Certificate2 certificate) => certificate.GetRSAPrivateKey()!;
        static string Encrypted() => Key(Keys.Certificate).ExportEncryptedPkcs8PrivateKeyPem(
            Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        static string Pkcs8(X509Certificate2 certificate) => Key(certificate).ExportPkcs8PrivateKeyPem();
        string good = Pem(Keys.Certificate) + Pkcs8(Keys.Certificate);
        byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

        (string Name, TokenError? Error, Func<byte[]?> Content, string? Password)[] files =
        [
            ("the file is empty", InvalidCertificate, () => [], null),
            ("the file doesn't exist", InvalidCertificate, () => null, null),
            ("the file contains text", InvalidCertificate, () => Utf8(Said.Canary), null),
            ("the file has 10 MB", InvalidCertificate, () => new byte[10_000_000], null),
            ("the file is a web page", InvalidCertificate, () => Utf8(Bodies.Page), null),
            ("PEM without a key", InvalidCertificate, () => Utf8(Pem(Keys.Certificate)), null),
            (
                "PEM without a certificate",
                InvalidCertificate,
                () => Utf8(Pkcs8(Keys.Certificate)),
                null),
            ("PEM that is being written", InvalidCertificate, () => Utf8(good[..(good.Length - 200)]), null),
            (
                "PEM with another certificate's key",
                InvalidCertificate,
                () => Utf8(Pem(Keys.Certificate) + Pkcs8(Keys.Another)),
                null),
            (
                "PEM with an EC key",
                InvalidCertificate,
                () => Utf8(Pem(Keys.Elliptic) + Keys.Elliptic.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
                null),
            ("PEM as UTF-16", InvalidCertificate, () => Encoding.Unicode.GetBytes(good), null),
            (
                "PEM with an encrypted key, and no password",
                InvalidCertificate,
                () => Utf8(Pem(Keys.Certificate) + Encrypted()),
                null),
            (
                "PEM with an encrypted key, and a wrong password",
                InvalidCertificate,
                () => Utf8(Pem(Keys.Certificate) + Encrypted()),
                AnotherPassword),
            ("PEM with a plain key, and a password", null, () => Utf8(good), Password),
            ("PEM with a key in PKCS#8", null, () => Utf8(good), null),
            (
                "PEM with a key in PKCS#1",
                null,
                () => Utf8(Pem(Keys.Certificate) + Key(Keys.Certificate).ExportRSAPrivateKeyPem()),
                null),
            (
                "PEM with an encrypted key, and its password",
                null,
                () => Utf8(Pem(Keys.Certificate) + Encrypted()),
                Password),
            (
                "PEM with the key first and Windows line endings",
                null,
                () => Utf8(
                    (
                        Pkcs8(Keys.Certificate) + "\n" + Pem(Keys.Certificate)).ReplaceLineEndings("\r\n")),
                null),
            (
                "PEM with a byte order mark and comments",
                null,
                () => [0xEF, 0xBB, 0xBF, .. Utf8("subject=campaign\n" + good)],
                null),
            ("PFX without a password", null, () => Keys.Certificate.Export(X509ContentType.Pfx), null),
            ("PFX with its password", null, () => Keys.Certificate.Export(X509ContentType.Pfx, Password), Password),
            (
                "PFX with a wrong password",
                InvalidCertificate,
                () => Keys.Certificate.Export(X509ContentType.Pfx, Password),
                AnotherPassword),
            (
                "PFX with a password that wasn't specified",
                InvalidCertificate,
                () => Keys.Certificate.Export(X509ContentType.Pfx, Password),
                null),
            (
                "PFX that is cut off",
                InvalidCertificate,
                () => Keys.Certificate.Export(X509ContentType.Pfx)[..500],
                null),
            (
                "PFX without a key",
                InvalidCertificate,
                () => X509CertificateLoader.LoadCertificate(Keys.Certificate.RawData).Export(X509ContentType.Pfx),
                null),
            ("PFX with an EC key", InvalidCertificate, () => Keys.Elliptic.Export(X509ContentType.Pfx), null),
            ("only the certificate (DER)", InvalidCertificate, () => Keys.Certificate.RawData, null),
            ("a certificate that has expired", AuthenticationFailed, () => Keys.Past.Export(X509ContentType.Pfx), null),
            (
                "a certificate that the application doesn't know",
                AuthenticationFailed,
                () => Keys.Another.Export(X509ContentType.Pfx),
                null),
        ];
        foreach ((string name, TokenError? error, Func<byte[]?> content, string? password) in files)
        {
            foreach (string way in new[] { "Certificate", "OnBehalfOf" })
            {
                yield return Row(way, name, error, password, (world, path) =>
                {
                    if (name.Contains("has expired", StringComparison.Ordinal))
                        world.App.AddCertificate(Keys.Past);
                    if (content() is { } bytes)
                        File.WriteAllBytes(path, bytes);
                    else
                        File.Delete(path);
                });
            }
        }

        foreach (string way in new[] { "Certificate", "OnBehalfOf" })
        {
            yield return Row(way, "the file is a folder", InvalidCertificate, null, (_, path) =>
            {
                File.Delete(path);
                Directory.CreateDirectory(path);
            });
            yield return Row(way, "the file can't be read", InvalidCertificate, null, (_, path) =>
            {
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(path, UnixFileMode.None);
            }) with
            { Skip = UnlessFilesCanBeHidden };
        }

        yield return Thumbprint("no certificate has the thumbprint", "00112233445566778899AABBCCDDEEFF00112233");
        yield return Thumbprint("the thumbprint isn't valid", "certificate");
    }

    private static FaultRow Row(
        string way,
        string name,
        TokenError? error,
        string? password,
        Action<World,
        string> spoil) => new()
        {
            Chapter = "Certificates",
            Way = way,
            Fault = name,
            Error = error,
            Options = world =>
            {
                string path = Path.Combine(world.Folder, "certificate");
                byte[] good = password is null or AnotherPassword
                    ? Keys.Certificate.Export(X509ContentType.Pfx)
                    : Keys.Certificate.Export(X509ContentType.Pfx, password);
                File.WriteAllBytes(path, good);
                world.OnMend(() =>
                {
                    if (Directory.Exists(path))
                        Directory.Delete(path);
                    File.Delete(path);
                    File.WriteAllBytes(
                        path,
                        password is null ? good : Keys.Certificate.Export(X509ContentType.Pfx, password));
                });
                CredentialOptions options = world.Application(way) with
                {
                    CertificatePath = path,
                    CertificatePassword = password is null ? null : world.Secure(password),
                };
                return way == "OnBehalfOf"
                    ? options with
                    {
                        UserAssertion = world.Secure(world.Emulator.IssueUserToken(world.App.ClientId, world.User)),
                    }
                    : options;
            },
            Break = world => spoil(world, Path.Combine(world.Folder, "certificate")),
        };

    private static FaultRow Thumbprint(string name, string thumbprint) => new()
    {
        Chapter = "Certificates",
        Way = "Certificate",
        Fault = name,
        Error = InvalidCertificate,
        StaysBroken = true,
        Options = world => world.Application("Certificate") with { CertificateThumbprint = thumbprint },
        Break = _ => { },
    };
}
