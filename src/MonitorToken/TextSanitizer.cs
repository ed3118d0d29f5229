using System.Text;
using System.Text.RegularExpressions;

namespace MonitorToken;

/// <summary>
/// Makes text from other programs safe to display: removes control characters and line breaks, and limits its length.
/// </summary>
internal static class TextSanitizer
{
    /// <summary>In UTF-16 units. Entra's longest message, about certificates, has nearly 1000.</summary>
    private const int MaxLength = 1100;

    /// <summary>
    /// How much of the beginning of a longer text remains. Chosen, as is <see cref="TailLength"/>; the end remains,
    /// too, because it often states the cause.
    /// </summary>
    private const int HeadLength = 700;

    private const int TailLength = 300;

    /// <summary>Returns the text as one line.</summary>
    public static string OneLine(string text)
    {
        if (text.Length > MaxLength)
            text = $"{text.Substring(0, HeadLength)}…{text.Substring(text.Length - TailLength)}";

        var line = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool isPair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            if (isPair)
                line.Append(text[i++]).Append(text[i]);
            else
                line.Append(char.IsSurrogate(text[i]) ? '\uFFFD' : IsControl(text[i]) ? ' ' : text[i]);
        }

        return line.ToString().Trim();
    }

    /// <summary>
    /// Returns the text as one line, plus one for each chain member that it lists: lines with a number, indented by two
    /// spaces.
    /// </summary>
    public static string Lines(string text) =>
        string.Join("\n  ", Regex.Split(text, "\n(?=  [0-9])").Select(OneLine));

    private static bool IsControl(char letter) => char.IsControl(letter) || letter is '\u2028' or '\u2029';
}
