using System.Management.Automation;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken.Framework.Cases;

/// <summary>Up to the signature: for that Mono lacks RSA-PSS, which .NET Framework has.</summary>
internal static class CertificateCases
{
    private static readonly string Pfx = Path.Combine(Emulator.Variable("MONITORTOKEN_CERTIFICATES"), "app.pfx");

    private static readonly string Password = Emulator.Variable("MONITORTOKEN_CERTIFICATE_PASSWORD");

    public static void From_a_PFX_file() => IsTaken(new { CertificatePath = Pfx, CertificatePassword = Password });

    public static void From_a_PEM_file() => IsTaken(new { CertificatePath = Path.ChangeExtension(Pfx, ".pem") });

    public static void From_an_object() => IsTaken(new { Certificate = new X509Certificate2(Pfx, Password) });

    public static void A_wrong_password_is_refused() =>
        Make(new { CertificatePath = Pfx, CertificatePassword = "wrong" })
            .FailedWith("InvalidCertificate", ErrorCategory.InvalidArgument, "app.pfx");

    public static void One_that_is_in_no_store_is_refused() =>
        Make(new { CertificateThumbprint = new string('0', 40) })
            .FailedWith("InvalidCertificate", ErrorCategory.InvalidArgument, "thumbprint");

    private static void IsTaken(object certificate)
    {
        Outcome outcome = Make(certificate);
        Check.Equal("Certificate", outcome.Property<string>("Name"), "name");
        Check.That(outcome.Property<DateTimeOffset?>("CertificateExpiresOn") > DateTimeOffset.UtcNow, "it is valid");
    }

    private static Outcome Make(object certificate) =>
        Ask.Credential(new { TenantId = "contoso.example", ClientId = Guid.Empty.ToString() }, certificate);
}
