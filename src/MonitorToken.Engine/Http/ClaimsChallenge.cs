using System.Text;
using System.Text.RegularExpressions;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Http;

/// <summary>
/// The claims challenge of a service, as Microsoft documents it: the parameter claims of a WWW-Authenticate header, in
/// Base64.
/// </summary>
internal static class ClaimsChallenge
{
    /// <summary>The longest header that is parsed, in characters. Chosen.</summary>
    private const int MaxHeaderLength = 16_000;

    /// <summary>Returns the claims as JSON; null if the response has no challenge that can be read.</summary>
    public static string? In(HttpResponseMessage response)
    {
        if (response.Header("WWW-Authenticate") is not { Length: <= MaxHeaderLength } header
            || Regex.Match(header, "\\bclaims\\s*=\\s*\"([^\"]+)\"", RegexOptions.IgnoreCase) is not
            { Success: true } match)
            return null;

        string base64 = match.Groups[1].Value.Replace('-', '+').Replace('_', '/').TrimEnd('=');
        try
        {
            string claims = Encoding.UTF8.GetString(
                Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '=')));
            return JsonClaims.AreValid(claims) ? claims : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
