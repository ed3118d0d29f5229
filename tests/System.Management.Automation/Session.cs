using System.Collections.ObjectModel;

namespace System.Management.Automation;

/// <summary>A session with no variables and no commands of other modules.</summary>
public sealed class SessionState
{
    public PSVariableIntrinsics PSVariable { get; } = new();

    public CommandInvocationIntrinsics InvokeCommand { get; } = new();

    public PathIntrinsics Path { get; } = new();
}

public sealed class PathIntrinsics
{
    public string GetUnresolvedProviderPathFromPSPath(string path, out ProviderInfo provider, out PSDriveInfo? drive)
    {
        (provider, drive) = (new ProviderInfo(), null);
        return IO.Path.GetFullPath(path);
    }
}

public class ProviderInfo
{
    public string Name { get; } = "FileSystem";
}

public class PSDriveInfo;

public class PSVariable(string name, object? value)
{
    public string Name { get; } = name;

    public virtual object? Value { get; set; } = value;
}

public sealed class PSVariableIntrinsics
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.OrdinalIgnoreCase);

    public object? GetValue(string name) => _values.TryGetValue(name, out object? value) ? value : null;

    public void Set(string name, object? value) => _values[name] = value;
}

public class CommandInvocationIntrinsics
{
    public IEnumerable<CommandInfo> GetCommands(string name, CommandTypes commandTypes, bool nameIsPattern) => [];

    public Collection<PSObject> InvokeScript(string script) => [];
}

[Flags]
public enum CommandTypes
{
    Alias = 0x0001,
    Function = 0x0002,
    Filter = 0x0004,
    Cmdlet = 0x0008,
    ExternalScript = 0x0010,
    Application = 0x0020,
    Script = 0x0040,
}

public abstract class CommandInfo
{
    public string ModuleName { get; } = string.Empty;

    public Dictionary<string, ParameterMetadata> Parameters { get; } = [];
}

public sealed class CmdletInfo(string name, Type implementingType) : CommandInfo
{
    public string Name { get; } = name;

    public Type ImplementingType { get; } = implementingType;
}

public sealed class ParameterMetadata;

public enum ActionPreference
{
    SilentlyContinue = 0,
    Stop = 1,
    Continue = 2,
    Inquire = 3,
    Ignore = 4,
}
