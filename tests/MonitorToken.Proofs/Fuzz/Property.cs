using System.Globalization;
using System.Text;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>What holds for every input.</summary>
internal sealed class Property
{
    /// <summary>Longer inputs are shown by their beginning; the seed gives them back whole.</summary>
    private const int MostShown = 1500;

    private const int MostShrunk = 5000;

    private readonly Func<Draw, Trial> _draw;

    private Property(string name, int inputs, Func<Draw, Trial> draw) => (Name, Inputs, _draw) = (name, inputs, draw);

    public string Name { get; }

    /// <summary>How many are tried where nobody asks for more.</summary>
    public int Inputs { get; }

    /// <summary>How many are tried at the same time, where most of the time is spent waiting.</summary>
    public int SideBySide { get; init; } = 1;

    /// <param name="name">A sentence that says what holds.</param>
    /// <param name="inputs">How many to try.</param>
    /// <param name="draw">Gives an input.</param>
    /// <param name="check">Says what is wrong with what became of it; null if nothing is.</param>
    public static Property Of(string name, int inputs, Func<Draw, string> draw, Func<string, string?> check) =>
        new(name, inputs, chance =>
        {
            string input = draw(chance);
            return new Trial(
                () => Show(input),
                () => Task.FromResult(check(input)),
                () => Show(Smallest(input, check)));
        });

    public static Property Of<T>(
        string name, int inputs, Func<Draw, T> draw, Func<T, string?> check, Func<T, string> show) =>
        OfTasks(name, inputs, draw, input => Task.FromResult(check(input)), show, sideBySide: 1);

    public static Property OfTasks<T>(
        string name,
        int inputs,
        Func<Draw, T> draw,
        Func<T, Task<string?>> check,
        Func<T, string> show,
        int sideBySide) =>
        new(name, inputs, chance =>
        {
            T input = draw(chance);
            string Shown() => Show(show(input));
            return new Trial(Shown, () => check(input), Shown);
        })
        {
            SideBySide = sideBySide,
        };

    /// <summary>One input, not tried yet.</summary>
    public Trial Draw(int seed) => _draw(new Draw(seed));

    public override string ToString() => Name;

    /// <summary>The input so that it can be read, and pasted into C#.</summary>
    private static string Show(string input)
    {
        var shown = new StringBuilder();
        foreach (char letter in input.Length > MostShown ? input[..MostShown] : input)
        {
            if (letter is >= ' ' and <= '~' and not '\\')
                shown.Append(letter);
            else
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
        }

        return input.Length > MostShown ? $"{shown}… ({input.Length} characters)" : shown.ToString();
    }

    /// <summary>
    /// What is left of an input when nothing more can be left out of it and it still fails in the same way.
    /// </summary>
    private static string Smallest(string input, Func<string, string?> check)
    {
        string Kind(string text)
        {
            try
            {
                return check(text) is { } wrong ? wrong[..Math.Min(24, wrong.Length)] : string.Empty;
            }
            catch (Exception exception)
            {
                return exception.GetType().Name;
            }
        }

        // A large one would take its time.
        string kind = input.Length > MostShrunk ? string.Empty : Kind(input);
        int left = kind.Length == 0 ? 0 : 2000;
        for (int size = Math.Max(1, input.Length / 2); size > 0 && left > 0; size /= 2)
        {
            for (int at = 0; at < input.Length && left-- > 0;)
            {
                string smaller = input.Remove(at, Math.Min(size, input.Length - at));
                if (Kind(smaller) == kind)
                    input = smaller;
                else
                    at += size;
            }
        }

        return input;
    }
}

/// <param name="Input">Shows it.</param>
/// <param name="Check">What is wrong with what becomes of it; null if nothing is.</param>
/// <param name="Smallest">Shows the smallest that fails likewise.</param>
internal sealed record Trial(Func<string> Input, Func<Task<string?>> Check, Func<string> Smallest);
