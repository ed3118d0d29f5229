using System.Globalization;
using System.Text.RegularExpressions;

namespace MonitorToken.Engine.Tools;

/// <summary>What a tool has said about why it gives no token, in whatever language it says it.</summary>
internal sealed class ToolFailure
{
    /// <summary>About three lines at a prompt.</summary>
    internal const int LongestMessage = 300;

    private const int LongestDetails = 4000;

    private ToolFailure(string message, string? errorCode, string details)
    {
        Message = message;
        ErrorCode = errorCode;
        Details = details;
    }

    /// <summary>The sentence that matters, on one line, without anything that looks like a token.</summary>
    public string Message { get; }

    /// <summary>Entra's code, such as <c>AADSTS700082</c>; null if the tool did not repeat one.</summary>
    public string? ErrorCode { get; }

    /// <summary>Everything of use that the tool has said, line by line, Entra's ids included.</summary>
    public string Details { get; }

    public static ToolFailure From(ToolOutput output)
    {
        ToolWords error = ToolWords.In(output.StandardError);
        ToolWords words = error.HasError ? error : ToolWords.In(output.StandardOutput);
        if (!words.HasError && error.Message.Length > 0)
            words = error;

        string all = output.StandardError + "\n" + output.StandardOutput;
        Match code = Regex.Match(all, @"AADSTS[0-9]{1,12}");
        string details = string.Join("\n", words.All.Where(line => line.Length > 0));
        if (details.Length == 0)
            details = code.Value;
        return new ToolFailure(
            AsSentence(words.Message) is { Length: > 0 } message
                ? message
                : Silence(output.ExitCode, ToolWords.AreIn(all)),
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
