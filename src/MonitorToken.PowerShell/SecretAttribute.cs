using System.Management.Automation;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security;

namespace MonitorToken.Commands;

/// <summary>
/// Lets a plain string stand for a secret, as scripts have it from an environment variable; PowerShell itself would
/// refuse it. The command warns of it. What is empty, as such a variable is that is not set, becomes an empty secret,
/// of which the command says more than PowerShell would. What cannot be a secret becomes one too, and the command
/// refuses it: PowerShell would print it, with whatever secret is in it.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : ArgumentTransformationAttribute
{
    /// <summary>What a SecureString holds.</summary>
    private const int LongestSecret = 65536;

    private static readonly ConditionalWeakTable<SecureString, Origin> Origins = new();

    /// <summary>Whether nothing at all means that there is none, as where the parameter is left out.</summary>
    public bool AllowsNull { get; set; }

    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? given = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return given switch
        {
            null => AllowsNull ? null : new SecureString(),
            SecureString => given,
            string { Length: 0 } => new SecureString(),
            string { Length: > LongestSecret } => Marked(new SecureString(), new Origin
            {
                Problem = $"is too long: a secret may have {LongestSecret} characters at most.",
                Remedy = "Check the variable or file that it was taken from.",
            }),
            string text => Marked(new NetworkCredential(string.Empty, text).SecurePassword, new Origin()),
            _ => Marked(new SecureString(), new Origin
            {
                Problem = $"is a {given.GetType().Name}, which is no secret.",
                Remedy = given is PSCredential
                    ? "Give its property Password; an application's id and secret together go to -ServicePrincipal."
                    : "Give the secret itself, as a SecureString or a string: a property of the object, or one line of "
                        + "the file.",
            }),
        };
    }

    /// <summary>How the secret was given; null where it was a SecureString.</summary>
    public static Origin? OriginOf(SecureString secret) =>
        Origins.TryGetValue(secret, out Origin origin) ? origin : null;

    private static SecureString Marked(SecureString secret, Origin origin)
    {
        Origins.Add(secret, origin);
        return secret;
    }

    /// <summary>What was given in place of a SecureString.</summary>
    public sealed class Origin
    {
        /// <summary>Why it cannot be a secret; null for plain text that can. Never the value.</summary>
        public string? Problem { get; init; }

        public string? Remedy { get; init; }
    }
}
