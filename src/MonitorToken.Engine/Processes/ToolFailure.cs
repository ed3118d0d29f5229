using System.Globalization;
using System.Text.RegularExpressions;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Processes;

/// <summary>What a tool has said about why it gives no token, in whatever language it says it.</summary>
internal sealed class ToolFailure
{
    /// <summary>About three lines at a prompt.</summary>
    internal const int LongestMessage = 300;

    private const int LongestDetails = 4000;

    private ToolFailure(TokenError error, string message, string? errorCode, string details)
    {
        Error = error;
        Message = message;
        ErrorCode = errorCode;
        Details = details;
    }

    /// <summary>
    /// What it is, where there is no code of Entra's; CredentialUnavailable where it is the tool's affair.
    /// </summary>
    public TokenError Error { get; }

    /// <summary>The sentence that matters, on one line, without anything that looks like a token.</summary>
    public string Message { get; }

    /// <summary>Entra's code, such as <c>AADSTS700082</c>; null if the tool did not repeat one.</summary>
    public string? ErrorCode { get; }

    /// <summary>Everything of use that the tool has said, line by line, Entra's ids included.</summary>
    public string Details { get; }

    /// <summary>Whether neither Entra nor the network is the reason; nobody may be logged in.</summary>
    public bool IsOfTool => ErrorCode is null && Error == TokenError.CredentialUnavailable;

    /// <summary>Said in a session, and not by a program.</summary>
    public static ToolFailure From(string said) => From(new ToolOutput(1, string.Empty, said));

    public static ToolFailure From(ToolOutput output)
    {
        ToolErrorParser onError = ToolErrorParser.In(output.StandardError);
        ToolErrorParser words = onError.HasError ? onError : ToolErrorParser.In(output.StandardOutput);
        if (!words.HasError && onError.Message.Length > 0)
            words = onError;

        string all = output.StandardError + "\n" + output.StandardOutput;
        Match code = Regex.Match(all, @"AADSTS[0-9]{1,12}");
        string details = string.Join("\n", words.All.Where(line => line.Length > 0));
        if (!details.Contains(code.Value))
            details = words.Causes.FirstOrDefault(cause => cause.Contains(code.Value)) ?? code.Value;
        TokenError error = code.Success
            ? TokenError.AuthenticationFailed
            : ToolReason.Find(string.Join("\n", words.Causes.Prepend(words.Message)));
        bool isTransient = EntraErrors.IsTransient(code.Value, error: null)
            || error is TokenError.AuthorityUnreachable or TokenError.Throttled;
        string message = isTransient ? ToolReason.Plainly(words.Message) : words.Message;
        if (isTransient)
            details = ToolReason.Plainly(details);
        return new ToolFailure(
            error,
            AsSentence(message) is { Length: > 0 } sentence
                ? sentence
                : Silence(output.ExitCode, ToolErrorParser.AreIn(all)),
            code.Success ? code.Value : null,
            details.Length <= LongestDetails ? details : details.Remove(LongestDetails));
    }

    private static string Silence(int exitCode, bool hasWords)
    {
        string how = hasWords ? "nothing that it has printed is meant for people" : "it has said nothing";
        return exitCode == 0
            ? $"It has ended well, but {how}."
            : $"It has ended with exit code {exitCode.ToString(CultureInfo.InvariantCulture)}, and {how}.";
    }

    private static string AsSentence(string text)
    {
        // The ids are for the support and are kept apart.
        text = Regex.Replace(text, @"\s*\b(Trace ID|Correlation ID): [0-9a-fA-F-]{36}", string.Empty);
        text = Regex.Replace(text, @"\s*\bTimestamp: \d{4}-\d\d-\d\d[ T][\d:.]+Z?", string.Empty);
        text = Regex.Replace(text, @"\s+", " ").Trim();
        if (text.Length >= LongestMessage)
        {
            int end = text.LastIndexOf(' ', LongestMessage - 2);
            end = end > LongestMessage / 2 ? end : LongestMessage - 2;
            return $"{text.Remove(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)}…";
        }

        // There may be ids alone.
        if (text.Length == 0)
            return text;

        // Scripts without letter case end their sentences in their own way.
        char last = text[text.Length - 1];
        return char.IsDigit(last) || char.IsLower(last) || char.IsUpper(last) || last is '\'' or '"' or ')'
            ? text + "."
            : text;
    }
}
