using System.Collections;
using System.Collections.ObjectModel;

namespace System.Management.Automation
{
    /// <summary>There is no language here: a script is what a test says that it does.</summary>
    public class ScriptBlock(Func<object?> run)
    {
        public Language.Ast Ast { get; } = new Language.ScriptBlockAst();

        public PSModuleInfo? Module => null;

        public static ScriptBlock Create(string script) => new(() => null);

        public Collection<PSObject> Invoke(params object[] args) => [new PSObject(run()!)];
    }

    public enum CompletionResultType
    {
        Text = 0,
        ParameterValue = 8,
    }

    public class CompletionResult(
        string completionText, string listItemText, CompletionResultType resultType, string toolTip)
    {
        public CompletionResult(string completionText)
            : this(completionText, completionText, CompletionResultType.Text, completionText)
        {
        }

        public string CompletionText { get; } = completionText;

        public string ListItemText { get; } = listItemText;

        public CompletionResultType ResultType { get; } = resultType;

        public string ToolTip { get; } = toolTip;
    }

    public interface IArgumentCompleter
    {
        IEnumerable<CompletionResult> CompleteArgument(
            string commandName,
            string parameterName,
            string wordToComplete,
            Language.CommandAst? commandAst,
            IDictionary fakeBoundParameters);
    }

    public interface IModuleAssemblyInitializer
    {
        void OnImport();
    }

    public interface IModuleAssemblyCleanup
    {
        void OnRemove(PSModuleInfo psModuleInfo);
    }

    public enum ProgressRecordType
    {
        Processing = 0,
        Completed = 1,
    }

    public class ProgressRecord(int activityId, string activity, string statusDescription)
    {
        public int ActivityId { get; } = activityId;

        public string Activity { get; } = activity;

        public string StatusDescription { get; } = statusDescription;

        public ProgressRecordType RecordType { get; set; }

        public int SecondsRemaining { get; set; } = -1;

        public int PercentComplete { get; set; } = -1;
    }
}

namespace System.Management.Automation.Language
{
    public class CommandAst;

    public static class CodeGeneration
    {
        public static string EscapeSingleQuotedStringContent(string value) => value.Replace("'", "''");
    }
}
