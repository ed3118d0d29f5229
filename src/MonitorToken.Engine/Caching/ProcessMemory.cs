using MonitorToken.Engine.Certificates;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.ManagedIdentity;

namespace MonitorToken.Engine.Caching;

/// <summary>All that the process remembers from one token to the next.</summary>
internal static class ProcessMemory
{
    /// <returns>How many tokens there were.</returns>
    public static int Clear()
    {
        CredentialCache.Forget();
        InputReader.Forget();
        UserCredential.Forget();
        OpenedCertificates.Clear();
        ImdsProbe.Forget();
        return TokenCache.Process.Clear();
    }
}
