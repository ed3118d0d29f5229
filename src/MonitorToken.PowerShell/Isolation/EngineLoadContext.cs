#if NET
using System.Reflection;
using System.Runtime.Loader;

namespace MonitorToken.Commands.Isolation;

/// <summary>PowerShell 7: what lies in the engine's folder is loaded from there, whatever the session has.</summary>
internal sealed class EngineLoadContext(string folder) : AssemblyLoadContext("MonitorToken.Engine")
{
    private static readonly string RuntimeFolder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    protected override Assembly? Load(AssemblyName name)
    {
        string path = Path.Combine(folder, name.Name + ".dll");
        if (!File.Exists(path))
            return null;

        return FromRuntime(name) ?? LoadFromAssemblyPath(path);
    }

    /// <summary>The runtime's own copy, where it has one that is new enough: it is precompiled, which ours is not.</summary>
    private static Assembly? FromRuntime(AssemblyName name)
    {
        string path = Path.Combine(RuntimeFolder, name.Name + ".dll");
        if (!File.Exists(path) || AssemblyName.GetAssemblyName(path).Version < name.Version)
            return null;

        Assembly shared = Default.LoadFromAssemblyName(name);
        return shared.Location == path ? shared : null;
    }
}
#endif
