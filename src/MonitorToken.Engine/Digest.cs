using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace MonitorToken.Engine;

/// <summary>
/// Tells secrets apart without keeping them. The key is this process's own, so a digest says nothing elsewhere.
/// </summary>
internal static class Digest
{
    private static readonly byte[] Key = CreateKey();

    public static string Of(SecureString secret) => Of(Secret.PlainText(secret));

    public static string Of(params IEnumerable<string?> parts)
    {
        byte[] content = Encoding.UTF8.GetBytes(string.Join("\0", parts));
#if NET
        return Convert.ToBase64String(HMACSHA256.HashData(Key, content));
#else
        using var hmac = new HMACSHA256(Key);
        return Convert.ToBase64String(hmac.ComputeHash(content));
#endif
    }

    /// <summary>A digest that is the same in every process.</summary>
    public static byte[] Sha256(byte[] content)
    {
#if NET
        return SHA256.HashData(content);
#else
        using var sha = SHA256.Create();
        return sha.ComputeHash(content);
#endif
    }

    private static byte[] CreateKey()
    {
        byte[] key = new byte[32];
        using var random = RandomNumberGenerator.Create();
        random.GetBytes(key);
        return key;
    }
}
