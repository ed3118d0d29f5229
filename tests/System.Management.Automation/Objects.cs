using System.Collections.ObjectModel;

namespace System.Management.Automation;

public class PSObject
{
    public PSObject()
        : this(new object())
    {
    }

    public PSObject(object obj) => BaseObject = obj;

    public object BaseObject { get; }

    public PSMemberInfoCollection<PSPropertyInfo> Properties { get; } = new();

    public Collection<string> TypeNames { get; } = [];

    public static PSObject AsPSObject(object obj) => obj as PSObject ?? new PSObject(obj);
}

public class PSMemberInfoCollection<T>
    where T : PSMemberInfo
{
    private readonly List<T> _members = [];

    public T? this[string name] =>
        _members.FirstOrDefault(member => string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase));

    public IReadOnlyList<T> All => _members;

    public void Add(T member) => _members.Add(member);

    public void Add(T member, bool preValidated) => _members.Add(member);
}

public abstract class PSMemberInfo(string name)
{
    public string Name { get; } = name;

    public abstract object? Value { get; set; }
}

public abstract class PSPropertyInfo(string name) : PSMemberInfo(name);

public class PSNoteProperty(string name, object? value) : PSPropertyInfo(name)
{
    public override object? Value { get; set; } = value;
}

public class GetValueException(string message) : Exception(message);

public struct SwitchParameter(bool isPresent)
{
    public bool IsPresent { get; } = isPresent;

    public static implicit operator bool(SwitchParameter switchParameter) => switchParameter.IsPresent;

    public static implicit operator SwitchParameter(bool value) => new(value);

    public bool ToBool() => IsPresent;
}

public sealed class PSCredential(string userName, Security.SecureString password)
{
    public string UserName { get; } = userName;

    public Security.SecureString Password { get; } = password;
}

public sealed class PSModuleInfo
{
    public string Name { get; set; } = string.Empty;

    public Version Version { get; set; } = new();

    public SessionState SessionState { get; } = new();
}
