using System.Management.Automation.Host;

namespace System.Management.Automation;

/// <summary>Who takes what a command writes.</summary>
public interface ICommandRuntime
{
    PSHost Host { get; }

    void WriteObject(object? sendToPipeline);

    void WriteObject(object? sendToPipeline, bool enumerateCollection);

    void WriteError(ErrorRecord errorRecord);

    void WriteWarning(string text);

    void WriteVerbose(string text);

    void WriteDebug(string text);

    void WriteProgress(ProgressRecord progressRecord);

    bool ShouldProcess(string? target, string? action);
}

public abstract class Cmdlet
{
    public ICommandRuntime CommandRuntime { get; set; } = null!;

    public bool Stopping { get; private set; }

    /// <summary>What PowerShell does with a command: each record is bound by its action, then processed.</summary>
    public void Run(IEnumerable<Action> records)
    {
        BeginProcessing();
        foreach (Action bind in records)
        {
            bind();
            ProcessRecord();
        }

        EndProcessing();
    }

    public void Stop()
    {
        Stopping = true;
        StopProcessing();
    }

    public void WriteObject(object? sendToPipeline) => CommandRuntime.WriteObject(sendToPipeline);

    public void WriteObject(object? sendToPipeline, bool enumerateCollection) =>
        CommandRuntime.WriteObject(sendToPipeline, enumerateCollection);

    public void WriteError(ErrorRecord errorRecord) => CommandRuntime.WriteError(errorRecord);

    public void WriteWarning(string text) => CommandRuntime.WriteWarning(text);

    public void WriteVerbose(string text) => CommandRuntime.WriteVerbose(text);

    public void WriteDebug(string text) => CommandRuntime.WriteDebug(text);

    public void WriteProgress(ProgressRecord progressRecord) => CommandRuntime.WriteProgress(progressRecord);

    public void WriteInformation(object messageData, string[] tags) => CommandRuntime.WriteVerbose($"{messageData}");

    public bool ShouldProcess(string target) => CommandRuntime.ShouldProcess(target, null);

    public bool ShouldProcess(string target, string action) => CommandRuntime.ShouldProcess(target, action);

    public void ThrowTerminatingError(ErrorRecord errorRecord) => throw new CmdletInvocationException(errorRecord);

    protected virtual void BeginProcessing()
    {
    }

    protected virtual void ProcessRecord()
    {
    }

    protected virtual void EndProcessing()
    {
    }

    protected virtual void StopProcessing()
    {
    }
}

public abstract class PSCmdlet : Cmdlet
{
    public string ParameterSetName { get; set; } = ParameterAttribute.AllParameterSets;

    public InvocationInfo MyInvocation { get; } = new();

    public PSHost Host => CommandRuntime.Host;

    public CommandInvocationIntrinsics InvokeCommand { get; } = new();

    public SessionState SessionState { get; } = new();

    public object? GetVariableValue(string name) => null;

    public object? GetVariableValue(string name, object? defaultValue) => defaultValue;
}

public class InvocationInfo
{
    public bool ExpectingInput { get; set; }

    public Dictionary<string, object?> BoundParameters { get; } = [];

    public string InvocationName { get; set; } = string.Empty;
}

public class EngineIntrinsics;
