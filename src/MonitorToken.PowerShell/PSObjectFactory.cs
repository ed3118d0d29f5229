using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Creates PSCustomObjects with a note property for each name, as ConvertFrom-Json does.</summary>
internal sealed class PSObjectFactory : IObjectFactory
{
    public static PSObjectFactory Instance { get; } = new();

    public object Create(List<string> names, List<object?> values, int start)
    {
        var created = new PSObject();
        PSMemberInfoCollection<PSPropertyInfo> properties = created.Properties;
        for (int i = start; i < names.Count; i++)
            properties.Add(new PSNoteProperty(names[i], values[i]), preValidated: true);
        return created;
    }
}
