using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken.Commands;

/// <summary>
/// Completes the thumbprints of certificates with a private key in the stores that are searched for them. The tool tip
/// is subject and expiry.
/// </summary>
public sealed class CertificateCompleter : Completer
{
    private protected override IEnumerable<CompletionResult> Complete(string word, IDictionary bound) =>
        new[] { StoreLocation.CurrentUser, StoreLocation.LocalMachine }
            .SelectMany(CertificatesIn)
            .Where(certificate => certificate.HasPrivateKey
                && (Begins(certificate.Thumbprint, word) || Begins(NameOf(certificate), word)))
            .GroupBy(certificate => certificate.Thumbprint, (_, same) => same.First())
            .OrderByDescending(certificate => certificate.NotAfter)
            .Select(certificate => Value(
                certificate.Thumbprint,
                string.Format(
                    CultureInfo.InvariantCulture,
                    "{0}, {1} {2:yyyy-MM-dd}",
                    certificate.Subject,
                    certificate.NotAfter < DateTime.Now ? "expired" : "expires",
                    certificate.NotAfter),
                NameOf(certificate)));

    private static string NameOf(X509Certificate2 certificate) =>
        certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    private static List<X509Certificate2> CertificatesIn(StoreLocation location)
    {
        try
        {
            using var store = new X509Store(StoreName.My, location);
            store.Open(OpenFlags.OpenExistingOnly | OpenFlags.ReadOnly);
            return [.. store.Certificates.Cast<X509Certificate2>()];
        }
        catch (CryptographicException)
        {
            // This user or system has no such store.
            return [];
        }
    }
}
