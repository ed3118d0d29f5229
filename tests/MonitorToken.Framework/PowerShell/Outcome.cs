using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace MonitorToken.Framework;

/// <summary>What a command has written, and how it ended.</summary>
internal sealed class Outcome : PSHost, ICommandRuntime
{
    private readonly Screen _screen = new();

    public List<object?> Output { get; } = [];

    public List<ErrorRecord> Errors { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<string> Verbose { get; } = [];

    /// <summary>The error that has ended it.</summary>
    public ErrorRecord? Failure { get; set; }

    public override PSHostUserInterface UI => _screen;

    public PSHost Host => this;

    /// <summary>The one object that it has written.</summary>
    public object Single()
    {
        Check.That(Failure is null, $"it works: {Failure?.FullyQualifiedErrorId}: {Failure?.Exception}");
        Check.Equal(1, Output.Count, "number of objects");
        return Output[0]!;
    }

    /// <summary>A property of that object, by name: the module's types are known to it alone.</summary>
    public T Property<T>(string name)
    {
        object item = Single();
        return (T)item.GetType().GetProperty(name)!.GetValue(item, null);
    }

    public void FailedWith(string errorId, ErrorCategory category, string message)
    {
        Check.That(Failure is not null, $"it fails with {errorId}");
        Check.Equal(errorId, Failure!.FullyQualifiedErrorId, "error id");
        Check.Equal(category, Failure.CategoryInfo.Category, "category");
        string actual = Failure.Exception.Message;
        Check.That(actual.Contains(message), $"the message has '{message}': {actual}");
    }

    public void WriteObject(object? sendToPipeline) => Output.Add(sendToPipeline);

    public void WriteObject(object? sendToPipeline, bool enumerateCollection) =>
        Output.AddRange(
            enumerateCollection && sendToPipeline is IEnumerable items ? items.Cast<object?>() : [sendToPipeline]);

    public void WriteError(ErrorRecord errorRecord) => Errors.Add(errorRecord);

    public void WriteWarning(string text) => Warnings.Add(text);

    public void WriteVerbose(string text) => Verbose.Add(text);

    public void WriteDebug(string text) => Verbose.Add(text);

    public void WriteProgress(ProgressRecord progressRecord)
    {
    }

    public bool ShouldProcess(string? target, string? action) => true;

    private sealed class Screen : PSHostUserInterface
    {
        public override void WriteLine(string value)
        {
        }
    }
}
