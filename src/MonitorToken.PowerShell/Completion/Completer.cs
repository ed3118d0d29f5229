using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace MonitorToken.Commands;

/// <summary>
/// Completes an argument from what is at hand: without the network, without the engine where that is possible, and
/// never with an error.
/// </summary>
public abstract class Completer : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        try
        {
            return [.. Complete(wordToComplete.Trim('\'', '"'), fakeBoundParameters)];
        }
        catch (Exception)
        {
            // Whatever is wrong with a file or a variable: nobody has asked about it, and a key was pressed.
            return [];
        }
    }

    /// <summary>What there is for what was typed, without its quotes.</summary>
    private protected abstract IEnumerable<CompletionResult> Complete(string word, IDictionary bound);

    private protected static bool Begins(string text, string word) =>
        text.StartsWith(word, StringComparison.OrdinalIgnoreCase);

    /// <param name="value">What the parameter is to be.</param>
    /// <param name="toolTip">More about it; empty for none.</param>
    /// <param name="shownAs">What a list has for it; empty for the value.</param>
    private protected static CompletionResult Value(string value, string toolTip = "", string shownAs = "")
    {
        bool isBare = Regex.IsMatch(value, @"^[A-Za-z0-9][A-Za-z0-9._-]*\z");
        return new CompletionResult(
            isBare ? value : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'",
            TextSanitizer.OneLine(shownAs) is { Length: > 0 } name ? name : value,
            CompletionResultType.ParameterValue,
            TextSanitizer.OneLine(toolTip) is { Length: > 0 } more ? more : value);
    }
}
