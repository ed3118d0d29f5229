using System.Net;
using System.Runtime.InteropServices;
using System.Security;
using System.Text.RegularExpressions;

namespace MonitorToken.Engine;

/// <summary>To and from plain text, where a library takes or gives nothing else.</summary>
internal static class Secret
{
    public static SecureString Of(string plainText) => new NetworkCredential(string.Empty, plainText).SecurePassword;

    /// <summary>Takes out of a text, such as what a tool or a script has said, what looks like a token.</summary>
    public static string Mask(string text) =>
        Regex.Replace(text, @"[\w.\p{Cs}\uFFFD-]+", word => WithoutToken(word.Value));

    /// <summary>
    /// A token begins with eyJ and has a dot somewhere after that. One expression for it would look for the dot anew
    /// from each eyJ, which takes hours where somebody sends a megabyte of them.
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
    /// Whether two have the same letters; neither is ever a string for it. One that has been disposed of has none.
    /// </summary>
    /// <param name="one">Somebody else may be changing it.</param>
    /// <param name="own">Nobody changes it.</param>
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
            // With the zero at the end, where one that has become shorter meanwhile differs.
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

    /// <summary>Whether two are one token. Some sources tell another expiry each time they give the same.</summary>
    public static bool AreSame(AccessToken one, AccessToken other)
    {
        using SecureString first = one.Token, second = other.Token;
        return AreSame(first, second);
    }

    /// <exception cref="TokenException">It has been disposed of.</exception>
    public static bool IsEmpty(SecureString secret) => UnlessDisposed(() => secret.Length == 0);

    /// <exception cref="TokenException">It has been disposed of.</exception>
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
                "A secret that was given has been disposed of since.",
                "Give a SecureString that is still in use.");
        }
    }
}
