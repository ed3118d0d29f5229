using System.Text.RegularExpressions;

namespace MonitorToken.Proofs.Faults;

/// <summary>Looks at what people are told: in whose words, and whether a secret is among them.</summary>
internal static class Said
{
    /// <summary>Is in every body that a fault has in place of a token.</summary>
    public const string Canary = "canary-5f0c2d";

    /// <summary>Words of .NET, PowerShell and the libraries, which tell nobody anything.</summary>
    private static readonly string[] NotOurs =
    [
        "Object reference", "overflow", "Overflow", "Exception", "System.", "TaskCanceled",
        "The operation was canceled", "A task was canceled", "running command stopped", "Value cannot be null",
        "Parameter '", "SSL connection", "Response Content", "Headers:", "StatusCode", "LineNumber", "BytePosition",
        "HRESULT", "Errno", "   at ",
    ];

    /// <summary>Entra's own sentence about a certificate has nearly a thousand characters.</summary>
    private const int Longest = 1200;

    private static readonly Regex Token = new(@"eyJ[\w-]{8,}\.[\w-]+");

    /// <summary>What is wrong with how a failure is told.</summary>
    public static IEnumerable<string> Badly(TokenException exception)
    {
        foreach (string text in new[] { exception.Message, exception.RecommendedAction })
        {
            foreach (string word in NotOurs.Where(word => text.Contains(word, StringComparison.Ordinal)))
                yield return $"'{word}' is in what it says: {text}";
            if (text.Split('\n').Any(line => line.Length is 0 or > Longest || char.IsWhiteSpace(line[^1])))
                yield return $"it is no sentence: {text}";
        }

        // A chain has a line for each of its members.
        if (exception.Message.Split('\n').Skip(1).Any(line => !Regex.IsMatch(line, @"^  \d\. \w+: .")))
            yield return $"it is more than a sentence: {exception.Message}";
        if (!char.IsUpper(exception.Message[0]) && exception.Message[0] != '\'')
            yield return $"it does not begin like a sentence: {exception.Message}";
    }

    /// <summary>What of a world's secrets is in what it has told.</summary>
    public static IEnumerable<string> Secrets(World world, IEnumerable<string> told)
    {
        foreach (string text in told)
        {
            foreach (
                string secret in world.Secrets.Append(Canary).Where(
                    secret => text.Contains(secret, StringComparison.Ordinal)))
                yield return $"a secret ({secret.Remove(Math.Min(6, secret.Length))}…) was told: {text}";
            if (Token.IsMatch(text))
                yield return $"a token was told: {text}";
        }
    }
}
