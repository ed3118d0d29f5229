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
public sealed class PSInvocationStateInfo(PSInvocationState state)
{
    public PSInvocationState State { get; } = state;
}

public sealed class PSInvocationStateChangedEventArgs(PSInvocationStateInfo info) : EventArgs
{
    public PSInvocationStateInfo InvocationStateInfo { get; } = info;
}

/// <summary>
/// There is no language here: it runs the script block that it is given as an argument, or a class of a command.
/// </summary>
public sealed class PowerShell : IDisposable
{
    private readonly List<object?> _arguments = [];
    private Cmdlet? _command;

    private PowerShell()
    {
    }

    public PSDataStreams Streams { get; } = new();

    public PSInvocationStateInfo InvocationStateInfo { get; private set; } = new(PSInvocationState.NotStarted);

    public event EventHandler<PSInvocationStateChangedEventArgs>? InvocationStateChanged;

    public static PowerShell Create(RunspaceMode runspace) => new();

    public PowerShell AddScript(string script) => this;

    public PowerShell AddScript(string script, bool useLocalScope) => this;

    public PowerShell AddCommand(string cmdlet) => this;

    public PowerShell AddCommand(CommandInfo commandInfo)
    {
        _command = (Cmdlet)Activator.CreateInstance(((CmdletInfo)commandInfo).ImplementingType, nonPublic: true)!;
        return this;
    }

    public PowerShell AddArgument(object? value)
    {
        _arguments.Add(value);
        return this;
    }

    public PowerShell AddParameter(string parameterName) => this;

    public PowerShell AddParameter(string parameterName, object? value)
    {
        _command?.GetType().GetProperty(parameterName)?.SetValue(_command, value);
        return this;
    }

    public Collection<PSObject> Invoke()
    {
        Become(PSInvocationState.Running);
        _command?.Run([]);
        Collection<PSObject> output = _arguments.OfType<ScriptBlock>().FirstOrDefault()?.Invoke() ?? [];
        Become(PSInvocationState.Completed);
        return output;
    }

    public Collection<T> Invoke<T>() => [];

    public IAsyncResult BeginStop(AsyncCallback? callback, object? state) => Threading.Tasks.Task.CompletedTask;

    public void Dispose()
    {
    }

    private void Become(PSInvocationState state)
    {
        InvocationStateInfo = new PSInvocationStateInfo(state);
        InvocationStateChanged?.Invoke(this, new PSInvocationStateChangedEventArgs(InvocationStateInfo));
    }
}

public sealed class PSDataStreams
{
    public PSDataCollection<ErrorRecord> Error { get; } = [];
}

public class PSDataCollection<T> : Collection<T>;
