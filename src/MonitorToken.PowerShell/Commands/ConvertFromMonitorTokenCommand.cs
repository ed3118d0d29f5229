using System.Collections;
using System.Management.Automation;
using System.Security;
using MonitorToken.Engine;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Commands;

/// <summary>Reads the claims of a token: its audience, identity, permissions and lifetime.</summary>
/// <remarks>
/// <para>
/// The command doesn't validate the signature. Use it to understand a token, never to decide whether to trust one:
/// anyone can create a token with any content.
/// </para>
/// </remarks>
/// <example>
/// <code>Get-MonitorToken LogAnalytics | ConvertFrom-MonitorToken</code>
/// <para>Shows the audience, tenant, identity, roles and lifetime of a token.</para>
/// </example>
/// <example>
/// <code>(ConvertFrom-MonitorToken $header).Claims['xms_mirid']</code>
/// <para>Reads a claim of the token in a header: the managed identity's Azure resource ID.</para>
/// </example>
[Cmdlet(VerbsData.ConvertFrom, "MonitorToken", HelpUri = OnlineHelp.Folder + "ConvertFrom-MonitorToken.md")]
[OutputType(typeof(TokenClaims))]
public sealed class ConvertFromMonitorTokenCommand : ModuleCommand
{
    /// <summary>
    /// The token: an object from Get-MonitorToken, a SecureString, a string, or a hashtable with an Authorization
    /// header.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public object Token { get; set; } = null!;

    /// <inheritdoc/>
    private protected override void Process()
    {
        string text = PlainText(Token is PSObject wrapped ? wrapped.BaseObject : Token)
            ?? throw new TokenException(
                TokenError.InvalidToken,
                "This is neither a token nor an object that contains one.",
                "Specify an object from Get-MonitorToken, a SecureString, a string, or a hashtable with an "
                    + "Authorization header.");
        Write(JsonWebToken.TryRead(WithoutScheme(text)) ?? throw new TokenException(
            TokenError.InvalidToken,
            "The token isn't a JWT, or it's damaged, so its claims can't be read.",
            "Opaque tokens work too, but only the service that they're for can read them. "
                + "A JWT has three parts, separated by dots."));
    }

    private static string? PlainText(object token) => token switch
    {
        AccessToken accessToken => accessToken.GetPlainText(),
        SecureString secret => Secret.PlainText(secret),
        string text => text,
        IDictionary header => header.Keys.OfType<string>()
            .FirstOrDefault(key => key.Equals("Authorization", StringComparison.OrdinalIgnoreCase)) is { } key
            ? header[key]?.ToString()
            : null,
        _ => null,
    };

    private static string WithoutScheme(string text)
    {
        string trimmed = text.Trim();
        return trimmed.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? trimmed.Substring("Bearer ".Length).Trim()
            : trimmed;
    }
}
