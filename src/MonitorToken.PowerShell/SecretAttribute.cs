using System.Management.Automation;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security;

namespace MonitorToken.Commands;

/// <summary>
/// Lets a plain string stand for a secret, as scripts have it from an environment variable; PowerShell itself
/// would refuse it. The command warns of it.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : ArgumentTransformationAttribute
{
    /// <summary>What a SecureString holds.</summary>
    private const int LongestSecret = 65536;

    private static readonly object Marked = new();

    private static readonly ConditionalWeakTable<SecureString, object> PlainTexts = new();

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if ((inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is not string text || text.Length == 0)
            return inputData;

        if (text.Length > LongestSecret)
            throw new ArgumentTransformationMetadataException($"A secret may have {LongestSecret} characters at most.");

        SecureString secret = new NetworkCredential(string.Empty, text).SecurePassword;
        PlainTexts.Add(secret, Marked);
        return secret;
    }

    /// <summary>Whether the secret was given as a plain string.</summary>
    public static bool WasPlainText(SecureString secret) => PlainTexts.TryGetValue(secret, out _);
}
