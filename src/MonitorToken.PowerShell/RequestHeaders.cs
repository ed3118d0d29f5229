using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Validates the argument of -Headers.</summary>
internal static class RequestHeaders
{
    /// <exception cref="TokenException">A header is one that the command sets, or is not valid.</exception>
    public static List<KeyValuePair<string, string>> From(IDictionary? headers)
    {
        var all = new List<KeyValuePair<string, string>>();
        foreach (DictionaryEntry header in headers ?? new Hashtable())
        {
            string name = LanguagePrimitives.ConvertTo<string>(header.Key);
            if (Is(name, "Authorization"))
                throw new TokenException(
                    TokenError.InvalidOption,
                    "-Headers contains Authorization, but the command sends its own token.",
                    "Leave it out, and specify the identity with the parameters for signing in; or call the "
                        + "URI with Invoke-RestMethod.");
            if (name.Length == 0 || !name.All(IsTokenCharacter))
                throw new TokenException(
                    TokenError.InvalidOption,
                    $"'{TextSanitizer.OneLine(name)}' in -Headers isn't a header name.",
                    "Use letters, digits and hyphens.");
            if (Is(name, "Content-Length") || Is(name, "Transfer-Encoding"))
                throw new TokenException(
                    TokenError.InvalidOption,
                    $"-Headers contains {name}, which is determined by -Body.",
                    "Leave it out.");
            if (Is(name, "Content-Type"))
                throw new TokenException(
                    TokenError.InvalidOption, "-Headers contains Content-Type.", "Use -ContentType instead.");
            if (Is(name, "Host"))
                throw new TokenException(
                    TokenError.InvalidOption,
                    "-Headers contains Host, but only the URI determines which host receives the token.",
                    "Leave it out.");

            foreach (object? value in header.Value is IList values ? values : new[] { header.Value })
            {
                string text = value is null ? string.Empty : LanguagePrimitives.ConvertTo<string>(value);
                if ((name + text).Any(letter => letter is '\r' or '\n' or '\0'))
                    throw new TokenException(
                        TokenError.InvalidOption,
                        $"The header '{name}' in -Headers contains a line break.",
                        "Specify the value on one line.");
                all.Add(new KeyValuePair<string, string>(name, text));
            }
        }

        return all;
    }

    /// <summary>As RFC 9110, section 5.6.2, has it.</summary>
    private static bool IsTokenCharacter(char character) =>
        character is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9')
        || "!#$%&'*+-.^_`|~".IndexOf(character) >= 0;

    private static bool Is(string name, string other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);
}
