using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken.Tests.Framework;

/// <summary>Files with a certificate, which .NET Framework's programs cannot make everywhere themselves.</summary>
internal sealed class FrameworkCertificates(string folder)
{
    private const string Password = "password of the file";

    /// <summary>Writes the files, and tells a program of them.</summary>
    public void Apply(IDictionary<string, string?> environment)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=app", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));

        // Mono reads no newer encryption.
        byte[] pfx = certificate.ExportPkcs12(Pkcs12ExportPbeParameters.Pkcs12TripleDesSha1, Password);
        File.WriteAllBytes(Path.Combine(folder, "app.pfx"), pfx);
        string pem = $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
        File.WriteAllText(Path.Combine(folder, "app.pem"), pem);
        environment["MONITORTOKEN_CERTIFICATES"] = folder;
        environment["MONITORTOKEN_CERTIFICATE_PASSWORD"] = Password;
    }
}
