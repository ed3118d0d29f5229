using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace MonitorToken.Commands;

/// <summary>
/// Base class of argument completers. They use only local data, do not load the engine unless they must, and never
/// fail.
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
            // The user has only pressed Tab, so an unreadable file or an invalid variable is not reported.
            return [];
        }
    }

    /// <summary>The completions for a word.</summary>
    /// <param name="word">The typed text, without quotes.</param>
    /// <param name="bound">The parameters that are already on the command line.</param>
    private protected abstract IEnumerable<CompletionResult> Complete(string word, IDictionary bound);

    private protected static bool Begins(string text, string word) =>
        text.StartsWith(word, StringComparison.OrdinalIgnoreCase);

    /// <param name="value">The value to complete to; quoted if necessary.</param>
    /// <param name="toolTip">The tool tip; if empty, the value.</param>
    /// <param name="listItem">The text in the list of completions; if empty, the value.</param>
    private protected static CompletionResult Value(string value, string toolTip = "", string listItem = "")
    {
        bool isBare = Regex.IsMatch(value, @"^[A-Za-z0-9][A-Za-z0-9._-]*\z");
        return new CompletionResult(
            isBare ? value : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'",
            TextSanitizer.OneLine(listItem) is { Length: > 0 } name ? name : value,
            CompletionResultType.ParameterValue,
            TextSanitizer.OneLine(toolTip) is { Length: > 0 } tip ? tip : value);
    }
}
