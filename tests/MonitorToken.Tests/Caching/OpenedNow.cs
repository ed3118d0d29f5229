using MonitorToken.Engine.Certificates;

namespace MonitorToken.Tests.Caching;

internal static class OpenedNow
{
    /// <summary>The certificate as it is now.</summary>
    public static SigningCertificate Current(this CertificateSource source) =>
        source.GetCurrentAsync(CancellationToken.None).GetAwaiter().GetResult();
}
