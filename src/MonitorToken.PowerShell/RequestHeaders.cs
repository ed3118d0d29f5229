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
                    "-Headers contains Authorization, and the command sends a token of its own.",
                    "Leave it out, and specify whose token to send by the parameters for signing in; or call the "
                        + "address with Invoke-RestMethod.");
            if (Is(name, "Host"))
                throw new TokenException(
                    TokenError.InvalidOption,
                    "-Headers contains Host, and the address alone determines who receives the token.",
                    "Leave it out.");

            foreach (object? value in header.Value is IList values ? values : new[] { header.Value })
            {
                string text = value is null ? string.Empty : LanguagePrimitives.ConvertTo<string>(value);
                if ((name + text).Any(letter => letter is '\r' or '\n' or '\0'))
                    throw new TokenException(
                        TokenError.InvalidOption,
                        $"The header '{name}' of -Headers has a line break in it.",
                        "Give the value on one line.");
                all.Add(new KeyValuePair<string, string>(name, text));
            }
        }

        return all;
    }

    private static bool Is(string name, string other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);
}
