using System.Management.Automation;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security;

namespace MonitorToken.Commands;

/// <summary>
/// Lets a plain string stand for a secret, as scripts have it from an environment variable; PowerShell itself
/// would refuse it. The command warns of it. What is empty, as such a variable is that is not set, becomes an empty
/// secret, of which the command says more than PowerShell would.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : ArgumentTransformationAttribute
{
    /// <summary>What a SecureString holds.</summary>
    private const int LongestSecret = 65536;

    private static readonly object Marked = new();

    private static readonly ConditionalWeakTable<SecureString, object> PlainTexts = new();

    /// <summary>Whether nothing at all means that there is none, as where the parameter is left out.</summary>
    public bool AllowsNull { get; set; }

    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? given = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (given is null)
            return AllowsNull ? null : new SecureString();
        if (given is not string text)
            return inputData;
        if (text.Length == 0)
            return new SecureString();

        if (text.Length > LongestSecret)
            throw new ArgumentTransformationMetadataException($"A secret may have {LongestSecret} characters at most.");

        SecureString secret = new NetworkCredential(string.Empty, text).SecurePassword;
        PlainTexts.Add(secret, Marked);
        return secret;
    }

    /// <summary>Whether the secret was given as a plain string.</summary>
    public static bool WasPlainText(SecureString secret) => PlainTexts.TryGetValue(secret, out _);
}
