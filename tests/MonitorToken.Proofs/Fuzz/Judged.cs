using MonitorToken.Proofs.Faults;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>What may come out of the module, whatever has gone in.</summary>
internal static class Judged
{
    /// <summary>No text is longer; a chain has a sentence for each of its members.</summary>
    private const int Longest = 10_000;

    /// <summary>As much of a secret gives it away.</summary>
    private const int Telling = 20;

    /// <summary>Runs it, and says what is wrong with how it ends.</summary>
    /// <param name="act">Gives what is wrong with what it has got, if anything is.</param>
    /// <param name="input">What has gone in.</param>
    /// <param name="secrets">What nobody may be told.</param>
    /// <param name="documented">The ids that it may end in.</param>
    public static string? Try(
        Func<string?> act, string input, IReadOnlyList<string> secrets, params TokenError[] documented)
    {
        try
        {
            return act();
        }
        catch (TokenException exception)
        {
            return Wrong(exception, input, secrets, documented);
        }
    }

    public static async Task<string?> TryAsync(
        Func<Task<string?>> act, string input, IReadOnlyList<string> secrets, params TokenError[] documented)
    {
        try
        {
            return await act();
        }
        catch (TokenException exception)
        {
            return Wrong(exception, input, secrets, documented);
        }
    }

    /// <summary>What is wrong with how a failure is told; null if nothing is.</summary>
    public static string? Wrong(
        TokenException exception, string input, IReadOnlyList<string> secrets, params TokenError[] documented)
    {
        if (!documented.Contains(exception.Error))
            return $"the id is {exception.Error}, which is not documented here: {exception.Message}";
        if (exception.Message.Length == 0 || exception.RecommendedAction.Length == 0)
            return "nothing is said";

        string?[] ids = [exception.ErrorCode, exception.CorrelationId, exception.TraceId, exception.CredentialName];
        if (ids.FirstOrDefault(id => id is not null && (id.Length is 0 or > 100 || id.Any(IsUnfit))) is { } odd)
            return $"an id is not fit to be shown ({odd.Length} characters): {odd}";

        return Wrong(exception.Message, secrets) ?? Wrong(exception.RecommendedAction, secrets)
            ?? ids.OfType<string>().Select(id => Wrong(id, secrets)).FirstOrDefault(wrong => wrong is not null)
            ?? Said.Badly(exception).FirstOrDefault(complaint => !IsOfInput(complaint, input));
    }

    /// <summary>What is wrong with a text for people; null if nothing is.</summary>
    public static string? Wrong(string said, IReadOnlyList<string> secrets)
    {
        if (said.Length > Longest)
            return $"what is said has {said.Length} characters";

        // A chain has a line for each of its members.
        int unfit = said.ToList().FindIndex(letter => letter != '\n' && IsUnfit(letter));
        if (unfit >= 0)
            return $"a control character is said: {said}";
        return Leak(said, secrets) is { } leak ? $"a secret is told ({leak}): {said}" : null;
    }

    /// <summary>A part of a secret that is in a text; null if there is none.</summary>
    public static string? Leak(string text, IReadOnlyList<string> secrets)
    {
        foreach (string secret in secrets)
        {
            int length = Math.Min(Telling, secret.Length);
            for (int start = 0; length > 0 && start + length <= secret.Length; start++)
            {
                if (text.AsSpan().IndexOf(secret.AsSpan(start, length), StringComparison.Ordinal) >= 0)
                    return secret.Substring(start, length);
            }
        }

        return null;
    }

    /// <summary>What moves a cursor, ends a line or is half a character.</summary>
    private static bool IsUnfit(char letter) => char.IsControl(letter) || letter is '\u2028' or '\u2029';

    /// <summary>Words that the caller or the service has said are quoted, whosever they are.</summary>
    private static bool IsOfInput(string complaint, string input)
    {
        // Letters alone, because colours and control characters within a word are left out of what a tool has said.
        string[] parts = complaint.Split('\'');
        return parts.Length > 2 && parts[0].Length == 0
            && Letters(input).Contains(Letters(parts[1]), StringComparison.Ordinal);
    }

    private static string Letters(string text) => string.Concat(text.Where(char.IsAsciiLetter));
}
