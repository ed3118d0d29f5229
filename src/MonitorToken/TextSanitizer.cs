using System.Text;
using System.Text.RegularExpressions;

namespace MonitorToken;

/// <summary>
/// Makes what somebody else has written fit to stand in a message: nothing that moves a cursor or begins a line, and
/// not at any length.
/// </summary>
internal static class TextSanitizer
{
    /// <summary>Entra's own sentence about a certificate has nearly a thousand characters.</summary>
    private const int Longest = 1100;

    /// <summary>What is left of a longer one: how a sentence ends often says why.</summary>
    private const int Beginning = 700;

    private const int End = 300;

    /// <summary>The text as one line.</summary>
    public static string OneLine(string text)
    {
        if (text.Length > Longest)
            text = $"{text.Substring(0, Beginning)}…{text.Substring(text.Length - End)}";

        var line = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool isPair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            if (isPair)
                line.Append(text[i++]).Append(text[i]);
            else
                line.Append(char.IsSurrogate(text[i]) ? '\uFFFD' : IsUnfit(text[i]) ? ' ' : text[i]);
        }

        return line.ToString().Trim();
    }

    /// <summary>The text as one line, and one more for each member of a chain that it tells of.</summary>
    public static string Lines(string text) =>
        string.Join("\n  ", Regex.Split(text, "\n(?=  [0-9])").Select(OneLine));

    private static bool IsUnfit(char letter) => char.IsControl(letter) || letter is '\u2028' or '\u2029';
}
