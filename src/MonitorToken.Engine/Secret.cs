using System.Net;
using System.Runtime.InteropServices;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;

namespace MonitorToken.Engine;

/// <summary>Conversion, comparison and masking of secrets.</summary>
internal static class Secret
{
    private static readonly char[] EndsOfAuthority = [.. "/?#\\ \t\r\n'\"<>,"];

    /// <summary>Converts plain text to a SecureString.</summary>
    public static SecureString Of(string plainText) => new NetworkCredential(string.Empty, plainText).SecurePassword;

    /// <summary>
    /// Masks everything in a text, such as the output of a tool or script, that looks like a token (JWT), and the user
    /// and password in a URI.
    /// </summary>
    public static string Mask(string text) =>
        Regex.Replace(WithoutUserInfo(text), @"[\w.\p{Cs}\uFFFD-]+", word => WithoutToken(word.Value));

    /// <summary>
    /// Masks user and password in a URI: what can't reach a proxy writes the proxy's URI, unchanged, into its
    /// error.
    /// </summary>
    private static string WithoutUserInfo(string text)
    {
        const string Separator = "://";
        int next = text.IndexOf(Separator, StringComparison.Ordinal);
        if (next < 0)
            return text;

        var masked = new StringBuilder(text.Length);
        int copied = 0;
        while (next >= 0)
        {
            int start = next + Separator.Length;
            int end = text.IndexOfAny(EndsOfAuthority, start);
            if (end < 0)
                end = text.Length;
            int at = text.LastIndexOf('@', Math.Max(end - 1, start - 1), end - start);
            if (at > start)
            {
                masked.Append(text, copied, start - copied).Append("(a secret)");
                copied = at;
            }

            next = text.IndexOf(Separator, start, StringComparison.Ordinal);
        }

        return masked.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>
    /// Masks the token in a word. A JWT begins with eyJ, the Base64 of <c>{"</c>, and has a dot after that. A regular
    /// expression for it would take quadratic time, which is hours for a megabyte of "eyJ".
    /// </summary>
    private static string WithoutToken(string word)
    {
        int dot = word.LastIndexOf('.');
        for (
            int start = 0;
            (start = word.IndexOf("eyJ", start, StringComparison.Ordinal)) >= 0 && start + 3 < dot;
            start++)
        {
            if (word[start + 3] != '.')
                return word.Remove(start) + "(a token)";
        }

        return word;
    }

    /// <summary>
    /// Whether two secrets are equal. Compares them in unmanaged memory, so that neither becomes a string. False if one
    /// is disposed.
    /// </summary>
    /// <param name="one">A secret that its owner may change at the same time.</param>
    /// <param name="own">A secret that does not change.</param>
    public static bool AreSame(SecureString one, SecureString own)
    {
        IntPtr first = IntPtr.Zero, second = IntPtr.Zero;
        try
        {
            int length = own.Length;
            if (one.Length != length)
                return false;

            first = Marshal.SecureStringToGlobalAllocUnicode(one);
            second = Marshal.SecureStringToGlobalAllocUnicode(own);
            // Compare the terminating zero too, in case the first secret has become shorter in the meantime.
            for (int offset = 0; offset <= length * sizeof(char); offset += sizeof(char))
            {
                if (Marshal.ReadInt16(first, offset) != Marshal.ReadInt16(second, offset))
                    return false;
            }

            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(first);
            Marshal.ZeroFreeGlobalAllocUnicode(second);
        }
    }

    /// <summary>
    /// Whether two tokens are equal. Their expiry is not compared, because some sources return the same token with
    /// another expiry each time.
    /// </summary>
    public static bool AreSame(AccessToken one, AccessToken other)
    {
        using SecureString first = one.Token, second = other.Token;
        return AreSame(first, second);
    }

    /// <summary>Whether a secret is empty.</summary>
    /// <exception cref="TokenException">The secret is disposed.</exception>
    public static bool IsEmpty(SecureString secret) => UnlessDisposed(() => secret.Length == 0);

    /// <summary>Converts a secret to plain text, for libraries that accept nothing else.</summary>
    /// <exception cref="TokenException">The secret is disposed.</exception>
    public static string PlainText(SecureString secret) =>
        UnlessDisposed(() => new NetworkCredential(string.Empty, secret).Password);

    private static T UnlessDisposed<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ObjectDisposedException)
        {
            throw new TokenException(
                TokenError.InvalidCredential,
                "A secret was disposed of before it was used.",
                "Specify a SecureString that's still in use.");
        }
    }
}
