using System.Net;
using System.Security;

namespace MonitorToken.Engine;

/// <summary>To and from plain text, where a library takes or gives nothing else.</summary>
internal static class Secret
{
    public static SecureString Of(string plainText) => new NetworkCredential(string.Empty, plainText).SecurePassword;

    public static string PlainText(SecureString secret) => new NetworkCredential(string.Empty, secret).Password;
}
