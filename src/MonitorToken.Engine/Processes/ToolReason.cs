using System.Text.RegularExpressions;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// Why a tool gives no token, as far as its words tell: that the network or Entra has failed is nothing that logging in
/// would mend. The words are those of Python for the Azure CLI, of Go for azd, of .NET for Az.Accounts, and of Windows'
/// broker (WAM) for the first and the last.
/// </summary>
internal static class ToolReason
{
    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly (TokenError Error, Regex Words)[] Known =
    [
        (TokenError.InteractionRequired, new Regex("Response_Status.Status_InteractionRequired", AnyCase)),
        (TokenError.Throttled, new Regex(
            @"\b429 Client Error\b|\bstatus code was 429\b|\b429 \(?Too ?Many ?Requests\b",
            AnyCase)),
        (TokenError.AuthorityUnreachable, new Regex(
            string.Join(
                "|",
                // All: what OAuth calls it.
                @"\btemporarily_unavailable\b",
                // Python. What was to be JSON is a proxy's page, or empty; and Entra has refused without a word.
                @"\b5\d\d Server Error\b",
                "Max retries exceeded with url|Connection aborted|Failed to establish a new connection|Read timed out",
                @"CERTIFICATE_VERIFY_FAILED|\bSSLError\b|\bProxyError\b|Remote end closed connection",
                @"Expecting value: line \d+ column \d+ \(char \d+\)",
                "OIDC Discovery endpoint rejects our request",
                @"\ANone( |\z)",
                // Go.
                @"\bstatus code was 5\d\d\b",
                @"\bdial tcp\b|\bproxyconnect tcp\b|\bx509: |\btls: |TLS handshake timeout|context deadline exceeded",
                @"Proxy Authentication Required|read: connection reset by peer|"": (unexpected )?EOF\b",
                // .NET, and .NET Framework.
                @"Response status code does not indicate success: 5\d\d\b",
                "No such host is known|Name or service not known|nodename nor servname|Temporary failure in name resol",
                "Connection refused|actively refused it|A connection attempt failed because|Network is unreachable",
                "The SSL connection could not be established|The proxy tunnel request to proxy",
                "An error occurred while sending the request|Unable to connect to the remote server",
                "The remote name could not be resolved|The underlying connection was closed",
                @"\bHttpClient\.Timeout\b",
                // The broker.
                "Status_NoNetwork|Status_NetworkTemporarilyUnavailable|Status_ServerTemporarilyUnavailable"),
            AnyCase)),
    ];

    /// <summary>What Python says of a connection that it has failed to make, with where and why in it.</summary>
    private static readonly Regex Connection = new(
        @"HTTPS?ConnectionPool\(host='(?<host>[^']*)', port=\d+\): "
            + @"Max retries exceeded with url: \S+ \(Caused by (?<why>.*?['""],?\)+)(?=\s|$)",
        RegexOptions.CultureInvariant);

    private static readonly Regex Quoted = new(@"'(?<text>[^']*)'|""(?<text>[^""]*)""", RegexOptions.CultureInvariant);

    /// <summary>.NET's words for an exception within an exception, which nobody sees.</summary>
    private static readonly Regex NoTls =
        new(@"The SSL connection could not be established(, see inner exception)?", AnyCase);

    private static readonly Regex NoJson = new(@"Expecting value: line \d+ column \d+ \(char \d+\)", AnyCase);

    /// <summary>Where in Python's own source it has failed, and under which number.</summary>
    private static readonly Regex Numbers =
        new(@"\[((Errno|WinError) -?\d+|SSL: \w+)\] | \(_ssl\.c:\d+\)", RegexOptions.CultureInvariant);

    /// <summary>What the Azure CLI adds to whatever comes from Entra.</summary>
    private static readonly Regex LogIn = new(
        @"\s*(Interactive authentication is needed\. Please run:|Run the command below to authenticate interactively"
            + @"[^:]*:)(\s*az log(in|out)\b( --[\w-]+( [^\s-]\S*)?)*)*",
        AnyCase);

    /// <summary>CredentialUnavailable where nothing speaks for anything else.</summary>
    public static TokenError Find(string said) =>
        Array.Find(Known, known => known.Words.IsMatch(said)) is { Words: not null } found
            ? found.Error
            : TokenError.CredentialUnavailable;

    /// <summary>The same without advice to log in, and without a programming language's words.</summary>
    public static string Plainly(string said)
    {
        string text = LogIn.Replace(said, string.Empty).Trim();
        if (text == "None")
            return "Entra has refused without a reason.";

        text = NoTls.Replace(Numbers.Replace(text, string.Empty), "A TLS connection could not be established");
        text = Connection.Replace(text, match => $"{match.Groups["host"].Value} could not be reached: {Why(match)}");
        return NoJson.Replace(text, "What has answered in place of Entra sends no JSON.");
    }

    private static string Why(Match match) => string.Join(
        " ",
        Quoted.Matches(match.Groups["why"].Value).Cast<Match>()
            .Select(quoted => quoted.Groups["text"].Value.TrimStart(':', ' '))
            .Where(text => text.Length > 0)
            .Select(text => text[text.Length - 1] == '.' ? text : text + "."));
}
