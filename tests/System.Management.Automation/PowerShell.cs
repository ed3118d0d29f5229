using System.Collections.ObjectModel;

namespace System.Management.Automation;

public enum RunspaceMode
{
    CurrentRunspace = 0,
    NewRunspace = 1,
}

public enum PSInvocationState
{
    NotStarted = 0,
    Running = 1,
    Stopping = 2,
    Stopped = 3,
    Completed = 4,
}

/// <summary>How it has ended. Nothing is stopped here.</summary>
public sealed class PSInvocationStateInfo
{
    public PSInvocationState State => PSInvocationState.Completed;
}

/// <summary>
/// There is no language here: it runs the script block that it is given as an argument, nothing else.
/// </summary>
public sealed class PowerShell : IDisposable
{
    private readonly List<object?> _arguments = [];

    private PowerShell()
    {
    }

    public PSDataStreams Streams { get; } = new();

    public PSInvocationStateInfo InvocationStateInfo { get; } = new();

    public static PowerShell Create(RunspaceMode runspace) => new();

    public PowerShell AddScript(string script) => this;

    public PowerShell AddScript(string script, bool useLocalScope) => this;

    public PowerShell AddCommand(string cmdlet) => this;

    public PowerShell AddCommand(CommandInfo commandInfo) => this;

    public PowerShell AddArgument(object? value)
    {
        _arguments.Add(value);
        return this;
    }

    public PowerShell AddParameter(string parameterName) => this;

    public PowerShell AddParameter(string parameterName, object? value) => this;

    public Collection<PSObject> Invoke() => _arguments.OfType<ScriptBlock>().FirstOrDefault()?.Invoke() ?? [];

    public Collection<T> Invoke<T>() => [];

    public IAsyncResult BeginStop(AsyncCallback? callback, object? state) => Threading.Tasks.Task.CompletedTask;

    public void Dispose()
    {
    }
}

public sealed class PSDataStreams
{
    public PSDataCollection<ErrorRecord> Error { get; } = [];
}

public class PSDataCollection<T> : Collection<T>;
