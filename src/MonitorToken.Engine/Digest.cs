using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace MonitorToken.Engine;

/// <summary>Tells secrets apart without keeping them. The key is this process's own, so a digest says nothing elsewhere.</summary>
internal static class Digest
{
    private static readonly byte[] Key = CreateKey();

    public static string Of(SecureString secret) => Of(Secret.PlainText(secret));

    public static string Of(params IEnumerable<string?> parts)
    {
        using var hmac = new HMACSHA256(Key);
        return Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes(string.Join("\n", parts))));
    }

    public static string OfEnvironment(params IEnumerable<string> variables) =>
        Of(variables.Select(Environment.GetEnvironmentVariable));

    /// <summary>When the files were last written, which tools do at each login; nothing for those that are not there.</summary>
    public static string OfFiles(params IEnumerable<string> paths) =>
        string.Join("\n", paths.Select(path => path + File.GetLastWriteTimeUtc(path).Ticks));

    private static byte[] CreateKey()
    {
        byte[] key = new byte[32];
        using var random = RandomNumberGenerator.Create();
        random.GetBytes(key);
        return key;
    }
}
