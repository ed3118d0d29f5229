using System.Globalization;
using System.Text.RegularExpressions;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// Why a tool gave no token, as far as its output tells: if the network or Entra failed, to log in would not help. It
/// recognizes messages of Python (Azure CLI), Go (Azure Developer CLI), .NET (Az.Accounts) and the Windows broker WAM
/// (the first and the last).
/// </summary>
internal sealed class ToolFailure
{
    /// <summary>In characters: about three lines at a prompt.</summary>
    internal const int LongestMessage = 300;

    private const int LongestDetails = 4000;

    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly (TokenError Error, Regex Pattern)[] Patterns =
    [
        (TokenError.InteractionRequired, new Regex("Response_Status.Status_InteractionRequired", AnyCase)),
        (TokenError.Throttled, new Regex(
            @"\b429 Client Error\b|\bstatus code was 429\b|\b429 \(?Too ?Many ?Requests\b",
            AnyCase)),
        (TokenError.AuthorityUnreachable, new Regex(
            string.Join(
                "|",
                // OAuth's error code, repeated by all of them.
                @"\btemporarily_unavailable\b",
                // Python. "Expecting value" is its JSON parser, given a proxy's page or nothing; None is an error
                // without a description.
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
                // .NET and .NET Framework.
                @"Response status code does not indicate success: 5\d\d\b",
                "No such host is known|Name or service not known|nodename nor servname|Temporary failure in name resol",
                "Connection refused|actively refused it|A connection attempt failed because|Network is unreachable",
                "The SSL connection could not be established|The proxy tunnel request to proxy",
                "An error occurred while sending the request|Unable to connect to the remote server",
                "The remote name could not be resolved|The underlying connection was closed",
                @"\bHttpClient\.Timeout\b",
                // WAM.
                "Status_NoNetwork|Status_NetworkTemporarilyUnavailable|Status_ServerTemporarilyUnavailable"),
            AnyCase)),
    ];

    /// <summary>
    /// Python's urllib3, when a connection could not be made: the host, and the exception that says why.
    /// </summary>
    private static readonly Regex PythonConnection = new(
        @"HTTPS?ConnectionPool\(host='(?<host>[^']*)', port=\d+\): "
            + @"Max retries exceeded with url: \S+ \(Caused by (?<why>.*?['""],?\)+)(?=\s|$)",
        RegexOptions.CultureInvariant);

    private static readonly Regex Quoted = new(@"'(?<text>[^']*)'|""(?<text>[^""]*)""", RegexOptions.CultureInvariant);

    /// <summary>.NET refers to an inner exception that is not shown.</summary>
    private static readonly Regex DotNetTls =
        new(@"The SSL connection could not be established(, see inner exception)?", AnyCase);

    private static readonly Regex PythonJson = new(@"Expecting value: line \d+ column \d+ \(char \d+\)", AnyCase);

    /// <summary>Python's error numbers, and the line of its own source where TLS failed.</summary>
    private static readonly Regex PythonErrno =
        new(@"\[((Errno|WinError) -?\d+|SSL: \w+)\] | \(_ssl\.c:\d+\)", RegexOptions.CultureInvariant);

    /// <summary>The Azure CLI's advice to log in, which it adds to whatever comes from Entra.</summary>
    private static readonly Regex LoginAdvice = new(
        @"\s*(Interactive authentication is needed\. Please run:|Run the command below to authenticate interactively"
            + @"[^:]*:)(\s*az log(in|out)\b( --[\w-]+( [^\s-]\S*)?)*)*",
        AnyCase);

    private ToolFailure(TokenError error, string message, string? errorCode, string details)
    {
        Error = error;
        Message = message;
        ErrorCode = errorCode;
        Details = details;
    }

    /// <summary>
    /// AuthenticationFailed if there is a code of Entra's, which says more; CredentialUnavailable if nothing tells that
    /// anything but the tool is the reason.
    /// </summary>
    public TokenError Error { get; }

    /// <summary>One sentence on one line, masked.</summary>
    public string Message { get; }

    /// <summary>Entra's code, such as <c>AADSTS700082</c>; null if the tool did not print one.</summary>
    public string? ErrorCode { get; }

    /// <summary>All lines for people, with Entra's correlation and trace ids, masked.</summary>
    public string Details { get; }

    /// <summary>Whether neither Entra nor the network is the reason, so that nobody may be logged in.</summary>
    public bool IsOfTool => ErrorCode is null && Error == TokenError.CredentialUnavailable;

    /// <summary>For the message of an exception in place of a tool's output.</summary>
    public static ToolFailure From(string message) => From(new ToolOutput(1, string.Empty, message));

    public static ToolFailure From(ToolOutput output)
    {
        ToolErrorParser standardError = ToolErrorParser.Parse(output.StandardError);
        ToolErrorParser parsed =
            standardError.HasError ? standardError : ToolErrorParser.Parse(output.StandardOutput);
        if (!parsed.HasError && standardError.Message.Length > 0)
            parsed = standardError;

        string all = output.StandardError + "\n" + output.StandardOutput;
        Match code = Regex.Match(all, @"AADSTS[0-9]{1,12}");
        string message = parsed.Message;
        string details = string.Join("\n", parsed.Lines.Where(line => line.Length > 0));
        if (!details.Contains(code.Value))
            details = parsed.Causes.FirstOrDefault(cause => cause.Contains(code.Value)) ?? code.Value;

        TokenError error = code.Success
            ? TokenError.AuthenticationFailed
            : Classify(string.Join("\n", parsed.Causes.Prepend(message)));
        if (EntraErrors.IsTransient(code.Value, error: null)
            || error is TokenError.AuthorityUnreachable or TokenError.Throttled)
            (message, details) = (Simplify(message), Simplify(details));

        message = ToSentence(message);
        if (message.Length == 0)
            message = NoMessage(output.ExitCode, ToolErrorParser.HasText(all));
        return new ToolFailure(
            error,
            message,
            code.Success ? code.Value : null,
            details.Length <= LongestDetails ? details : details.Remove(LongestDetails));
    }

    private static TokenError Classify(string text) =>
        Array.Find(Patterns, one => one.Pattern.IsMatch(text)) is { Pattern: not null } found
            ? found.Error
            : TokenError.CredentialUnavailable;

    /// <summary>Removes the advice to log in, and what only a programmer of the tool understands.</summary>
    private static string Simplify(string text)
    {
        text = LoginAdvice.Replace(text, string.Empty).Trim();
        if (text == "None")
            return "Entra has refused without a reason.";

        text = DotNetTls.Replace(PythonErrno.Replace(text, string.Empty), "A TLS connection could not be established");
        text = PythonConnection.Replace(
            text, match => $"{match.Groups["host"].Value} could not be reached: {QuotedIn(match.Groups["why"].Value)}");
        return PythonJson.Replace(text, "What has answered in place of Entra sends no JSON.");
    }

    /// <summary>The messages in a nest of Python exceptions, as sentences.</summary>
    private static string QuotedIn(string exception) => string.Join(
        " ",
        Quoted.Matches(exception).Cast<Match>()
            .Select(quoted => quoted.Groups["text"].Value.TrimStart(':', ' '))
            .Where(text => text.Length > 0)
            .Select(text => text[text.Length - 1] == '.' ? text : text + "."));

    private static string NoMessage(int exitCode, bool hasText)
    {
        string how = hasText ? "nothing that it has printed is meant for people" : "it has said nothing";
        return exitCode == 0
            ? $"It has ended well, but {how}."
            : $"It has ended with exit code {exitCode.ToString(CultureInfo.InvariantCulture)}, and {how}.";
    }

    /// <summary>Empty if there is nothing but Entra's ids, which <see cref="Details"/> keeps.</summary>
    private static string ToSentence(string text)
    {
        text = Regex.Replace(text, @"\s*\b(Trace ID|Correlation ID): [0-9a-fA-F-]{36}", string.Empty);
        text = Regex.Replace(text, @"\s*\bTimestamp: \d{4}-\d\d-\d\d[ T][\d:.]+Z?", string.Empty);
        text = Regex.Replace(text, @"\s+", " ").Trim();
        if (text.Length >= LongestMessage)
        {
            int end = text.LastIndexOf(' ', LongestMessage - 2);
            end = end > LongestMessage / 2 ? end : LongestMessage - 2;
            return $"{text.Remove(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)}…";
        }

        if (text.Length == 0)
            return text;

        // Scripts without upper and lower case, such as Chinese, have a full stop of their own.
        char last = text[text.Length - 1];
        return char.IsDigit(last) || char.IsLower(last) || char.IsUpper(last) || last is '\'' or '"' or ')'
            ? text + "."
            : text;
    }
}
