#if NET
using System.Reflection;
using System.Runtime.Loader;

namespace MonitorToken.Commands.Isolation;

/// <summary>PowerShell 7: what lies in the engine's folder is loaded from there, whatever the session has.</summary>
internal sealed class EngineLoadContext(EngineFolder folder) : AssemblyLoadContext("MonitorToken.Engine")
{
    private static readonly string RuntimeFolder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    private static readonly Assembly Front = typeof(AccessToken).Assembly;

    /// <summary>
    /// By its path: asked for a name that it does not have, this context asks the default one, and that one us again.
    /// </summary>
    public Assembly LoadEngine(AssemblyName name) => LoadFromAssemblyPath(folder.PathOf(name.Name));

    protected override Assembly? Load(AssemblyName name)
    {
        // The very one that the commands use, should the session have two.
        if (name.Name == Front.GetName().Name)
            return Front;

        string path = folder.PathOf(name.Name);
        if (!File.Exists(path))
            return null;

        return FromRuntime(name) ?? LoadFromAssemblyPath(path);
    }

    /// <summary>The runtime's own copy, if there is one that is new enough: it is precompiled, ours is not.</summary>
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
