using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace MonitorToken.Engine;

/// <summary>
/// Keyed digests (HMAC-SHA256), by which secrets are compared without being stored. The key is random for each process,
/// so a digest is of no use elsewhere.
/// </summary>
internal static class Digest
{
    private static readonly byte[] Key = CreateKey();

    /// <summary>Returns the digest of a secret, in Base64.</summary>
    public static string Of(SecureString secret) => Of(Secret.PlainText(secret));

    /// <summary>Returns the digest of several values, in Base64.</summary>
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

    /// <summary>Returns the SHA-256 hash, which is the same in every process.</summary>
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
