using System.Globalization;
using System.Text.RegularExpressions;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// Why a tool returned no token, as far as its output shows: if the network or Entra failed, another login would not
/// help. It recognizes messages of Python (Azure CLI), Go (Azure Developer CLI), .NET (Az.Accounts) and the Windows
/// broker WAM (Azure CLI and Az.Accounts).
/// </summary>
/// <param name="Error">
/// AuthenticationFailed if there is an error code of Entra; CredentialUnavailable if the cause is not known.
/// </param>
/// <param name="Message">One sentence on one line, with secrets masked.</param>
/// <param name="ErrorCode">The code of Entra, such as <c>AADSTS700082</c>; null if the tool printed none.</param>
/// <param name="Details">All readable lines, with the ids of Entra and secrets masked.</param>
internal sealed record ToolFailure(TokenError Error, string Message, string? ErrorCode, string Details)
{
    /// <summary>The maximum length of <see cref="Message"/>: about three lines of a console.</summary>
    internal const int LongestMessage = 300;

    private const int LongestDetails = 4000;

    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    /// <summary>The error of Python's JSON parser for a web page or an empty response.</summary>
    private const string PythonJson = @"Expecting value: line \d+ column \d+ \(char \d+\)";

    private const string DotNetTls = "The SSL connection could not be established";

    private static readonly (TokenError Error, Regex Pattern)[] KnownCauses =
    [
        (TokenError.InteractionRequired, AnyOf("Response_Status.Status_InteractionRequired")),
        (TokenError.Throttled, AnyOf(
            @"\b429 Client Error\b|\bstatus code was 429\b|\b429 \(?Too ?Many ?Requests\b")),
        (TokenError.AuthorityUnreachable, AnyOf(
            // The OAuth error code, which all tools repeat.
            @"\btemporarily_unavailable\b",
            // Python. "None" is an error without a description.
            @"\b5\d\d Server Error\b",
            "Max retries exceeded with url|Connection aborted|Failed to establish a new connection|Read timed out",
            @"CERTIFICATE_VERIFY_FAILED|\bSSLError\b|\bProxyError\b|Remote end closed connection",
            PythonJson,
            "OIDC Discovery endpoint rejects our request",
            @"\ANone( |\z)",
            // Go.
            @"\bstatus code was 5\d\d\b",
            @"\bdial tcp\b|\bproxyconnect tcp\b|\bx509: |\btls: |TLS handshake timeout|context deadline exceeded",
            @"Proxy Authentication Required|read: connection reset by peer|"": (unexpected )?EOF\b",
            // .NET and .NET Framework.
            @"Response status code does not indicate success: 5\d\d\b",
            "No such host is known|Name or service not known|nodename nor servname|Temporary failure in name resol",
            "Connection refused|actively refused it|A connection attempt failed because|Network is unreachable",
            DotNetTls,
            "The proxy tunnel request to proxy",
            "An error occurred while sending the request|Unable to connect to the remote server",
            "The remote name could not be resolved|The underlying connection was closed",
            @"\bHttpClient\.Timeout\b",
            // WAM.
            "Status_NoNetwork|Status_NetworkTemporarilyUnavailable|Status_ServerTemporarilyUnavailable")),
    ];

    /// <summary>
    /// Replacements, in order, for the advice to log in and for text that only developers of the tool understand.
    /// </summary>
    private static readonly (Regex Pattern, MatchEvaluator Replacement)[] Simplifications =
    [
        // The Azure CLI adds this advice to every error from Entra.
        (
            AnyOf(@"\s*(Interactive authentication is needed\. Please run:|Run the command below to authenticate "
                + @"interactively[^:]*:)(\s*az log(in|out)\b( --[\w-]+( [^\s-]\S*)?)*)*"),
            _ => string.Empty),
        (new(@"\A\s*None\s*\z"), _ => "Entra refused the request without a reason."),
        // Error numbers of Python, and the line of its source code that reports a TLS error.
        (
            new(@"\[((Errno|WinError) -?\d+|SSL: \w+)\] | \(_ssl\.c:\d+\)", RegexOptions.CultureInvariant),
            _ => string.Empty),
        // .NET refers to an inner exception that is not shown.
        (AnyOf(DotNetTls + "(, see inner exception)?"), _ => "A TLS connection couldn't be established"),
        // The error of Python's urllib3 for a connection that failed: the host and nested exceptions.
        (
            new(
                @"HTTPS?ConnectionPool\(host='(?<host>[^']*)', port=\d+\): "
                    + @"Max retries exceeded with url: \S+ \(Caused by (?<why>.*?['""],?\)+)(?=\s|$)",
                RegexOptions.CultureInvariant),
            match => $"{match.Groups["host"].Value} couldn't be reached: {QuotedIn(match.Groups["why"].Value)}"),
        (AnyOf(PythonJson), _ => "The response isn't JSON. A proxy may have responded instead of Entra."),
    ];

    /// <summary>Whether neither Entra nor the network is the cause, so that a login may help.</summary>
    public bool IsOfTool => ErrorCode is null && Error == TokenError.CredentialUnavailable;

    /// <summary>Analyzes the message of an exception as if a tool had printed it.</summary>
    public static ToolFailure From(string message) => From(new ToolOutput(1, string.Empty, message));

    /// <summary>Analyzes the output of a tool that failed.</summary>
    public static ToolFailure From(ToolOutput output)
    {
        ToolErrorParser standardError = ToolErrorParser.Parse(output.StandardError);
        ToolErrorParser parsed =
            standardError.HasError ? standardError : ToolErrorParser.Parse(output.StandardOutput);
        if (!parsed.HasError && standardError.Message.Length > 0)
            parsed = standardError;

        string all = output.StandardError + "\n" + output.StandardOutput;
        string? code = EntraErrors.FindCode(all);
        string message = parsed.Message;
        string details = string.Join("\n", parsed.Lines.Where(line => line.Length > 0));
        if (code is not null && !details.Contains(code))
            details = parsed.Causes.FirstOrDefault(cause => cause.Contains(code)) ?? code;

        TokenError error = code is not null
            ? TokenError.AuthenticationFailed
            : Classify(string.Join("\n", parsed.Causes.Prepend(message)));
        if (EntraErrors.IsTransient(code, error: null)
            || error is TokenError.AuthorityUnreachable or TokenError.Throttled)
            (message, details) = (Simplify(message), Simplify(details));

        message = ToSentence(message);
        if (message.Length == 0)
            message = $"It exited with code {output.ExitCode.ToString(CultureInfo.InvariantCulture)} and printed "
                + (ToolErrorParser.HasText(all) ? "no readable message." : "nothing.");
        return new ToolFailure(
            error, message, code, details.Length <= LongestDetails ? details : details.Remove(LongestDetails));
    }

    private static Regex AnyOf(params string[] patterns) => new(string.Join("|", patterns), AnyCase);

    private static TokenError Classify(string text)
    {
        foreach ((TokenError error, Regex pattern) in KnownCauses)
        {
            if (pattern.IsMatch(text))
                return error;
        }

        return TokenError.CredentialUnavailable;
    }

    private static string Simplify(string text)
    {
        foreach ((Regex pattern, MatchEvaluator replacement) in Simplifications)
            text = pattern.Replace(text, replacement);
        return text.Trim();
    }

    /// <summary>Returns the messages in nested Python exceptions as sentences.</summary>
    private static string QuotedIn(string exception) => string.Join(
        " ",
        Regex.Matches(exception, @"'(?<text>[^']*)'|""(?<text>[^""]*)""").Cast<Match>()
            .Select(quoted => quoted.Groups["text"].Value.TrimStart(':', ' '))
            .Where(text => text.Length > 0)
            .Select(text => text[text.Length - 1] == '.' ? text : text + "."));

    /// <summary>
    /// Converts a message to one sentence without the ids of Entra, which <see cref="Details"/> contains.
    /// </summary>
    private static string ToSentence(string text)
    {
        text = Regex.Replace(
            text,
            @"\s*\b((Trace ID|Correlation ID): [0-9a-fA-F-]{36}|Timestamp: \d{4}-\d\d-\d\d[ T][\d:.]+Z?)",
            string.Empty);
        text = Regex.Replace(text, @"\s+", " ").Trim();
        if (text.Length >= LongestMessage)
        {
            int end = text.LastIndexOf(' ', LongestMessage - 2);
            end = end > LongestMessage / 2 ? end : LongestMessage - 2;
            return $"{text.Remove(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)}…";
        }

        // Scripts without upper and lower case, such as Chinese, have a full stop of their own.
        char last = text.LastOrDefault();
        return char.IsDigit(last) || char.IsLower(last) || char.IsUpper(last) || last is '\'' or '"' or ')'
            ? text + "."
            : text;
    }
}
