using System.Management.Automation;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security;
using System.Text.RegularExpressions;

namespace MonitorToken.Commands;

/// <summary>
/// Converts a plain string, such as the value of an environment variable, to a SecureString; PowerShell itself would
/// reject it. The command warns about plain text. Null and empty strings become an empty SecureString, and values that
/// cannot be a secret become one that is marked as a problem: binding succeeds, and the command reports a better error
/// than the binder, which would also display the value.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : ArgumentTransformationAttribute
{
    /// <summary>The capacity of a SecureString, in characters.</summary>
    private const int MaxLength = 65536;

    /// <summary>
    /// What ConvertFrom-SecureString returns without a key: on Windows data of DPAPI, elsewhere the UTF-16 code units,
    /// each in hexadecimal digits.
    /// </summary>
    private static readonly Regex Exported = new(
        @"^(01000000d08c9ddf0115d1118c7a00c04fc297eb[0-9a-f]+|([0-9a-f]{2}00){8,})\s*\z", RegexOptions.IgnoreCase);

    private static readonly ConditionalWeakTable<SecureString, Origin> Origins = new();

    /// <summary>Whether null means that the parameter was omitted, instead of being an empty secret.</summary>
    public bool AllowsNull { get; set; }

    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? given = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return given switch
        {
            null => AllowsNull ? null : new SecureString(),
            SecureString => given,
            string { Length: 0 } => new SecureString(),
            string { Length: > MaxLength } => Marked(new SecureString(), new Origin
            {
                Problem = $"is too long. A secret can have at most {MaxLength} characters.",
                Remedy = "Check the variable or file that it came from.",
            }),
            string text when Exported.IsMatch(text) => Marked(new SecureString(), new Origin
            {
                Problem = "is the text that ConvertFrom-SecureString returns, not the secret itself.",
                Remedy = "Convert it with ConvertTo-SecureString first, without -AsPlainText.",
            }),
            string text => Marked(new NetworkCredential(string.Empty, text).SecurePassword, new Origin()),
            _ => Marked(new SecureString(), new Origin
            {
                Problem = $"is of type {given.GetType().Name}, which isn't a secret.",
                Remedy = given is PSCredential
                    ? "Specify its property Password, or the whole PSCredential with -ServicePrincipal, which accepts "
                        + "an application's ID and secret together."
                    : "Specify the secret itself as a SecureString or a string: a property of the object, or one line "
                        + "of the file. For an application's ID and secret in a PSCredential, use -ServicePrincipal.",
            }),
        };
    }

    /// <summary>How the secret was given; null if it was given as a SecureString, or was empty.</summary>
    public static Origin? OriginOf(SecureString secret) =>
        Origins.TryGetValue(secret, out Origin origin) ? origin : null;

    private static SecureString Marked(SecureString secret, Origin origin)
    {
        Origins.Add(secret, origin);
        return secret;
    }

    /// <summary>Describes an argument that was not a SecureString.</summary>
    public sealed class Origin
    {
        /// <summary>
        /// The end of a sentence that says why the argument cannot be a secret, without its value; null for valid plain
        /// text.
        /// </summary>
        public string? Problem { get; init; }

        /// <summary>The recommended action; null if there is no problem.</summary>
        public string? Remedy { get; init; }
    }
}
