using System.Net;
using System.Security;
using System.Text.RegularExpressions;

namespace MonitorToken.Engine;

/// <summary>To and from plain text, where a library takes or gives nothing else.</summary>
internal static class Secret
{
    public static SecureString Of(string plainText) => new NetworkCredential(string.Empty, plainText).SecurePassword;

    /// <summary>Takes out of a text, such as what a tool or a script has said, what looks like a token.</summary>
    public static string Mask(string text) => Regex.Replace(text, @"eyJ[\w-]+\.[\w-]*(\.[\w-]*)*", "(a token)");

    /// <exception cref="TokenException">It has been disposed of.</exception>
    public static string PlainText(SecureString secret)
    {
        try
        {
            return new NetworkCredential(string.Empty, secret).Password;
        }
        catch (ObjectDisposedException)
        {
            throw new TokenException(
                TokenError.InvalidCredential,
                "A secret that was given has been disposed of since.",
                "Give a SecureString that is still in use.");
        }
    }
}
