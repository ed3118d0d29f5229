using MonitorToken.Engine.Certificates;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.ManagedIdentity;

namespace MonitorToken.Engine.Caching;

/// <summary>
/// Clears everything that this process caches in memory between calls: tokens, credentials, certificates and probe
/// results.
/// </summary>
internal static class ProcessMemory
{
    /// <summary>Clears all in-memory caches.</summary>
    /// <returns>The number of valid tokens that were removed.</returns>
    public static int Clear()
    {
        CredentialCache.Clear();
        InputReader.Forget();
        UserCredential.Forget();
        OpenedCertificates.Clear();
        ImdsProbe.Clear();
        return TokenCache.Process.Clear();
    }
}
