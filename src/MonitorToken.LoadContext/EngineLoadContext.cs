using System.Reflection;
using System.Runtime.Loader;

namespace MonitorToken.Isolation;

/// <summary>
/// What lies in the engine's folders is loaded from there, whatever the session has. The commands, which are for both
/// editions of PowerShell, know of this one method of it by name alone.
/// </summary>
public sealed class EngineLoadContext : AssemblyLoadContext
{
    private const string ContextName = "MonitorToken.Engine";

    private static readonly string RuntimeFolder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    private static readonly object Gate = new();

    private static EngineLoadContext? _only;

    private readonly EngineFolders _folders;
    private readonly Assembly _front;

    private EngineLoadContext(EngineFolders folders, Assembly front)
        : base(ContextName) => (_folders, _front) = (folders, front);

    /// <summary>Loads the engine, which is one for the whole process.</summary>
    /// <param name="folder">Where the engine for every runtime is.</param>
    /// <param name="front">What the commands and the engine share, as the commands have it.</param>
    public static Assembly LoadEngine(string folder, Assembly front)
    {
        lock (Gate)
            return (_only ??= new EngineLoadContext(EngineFolders.ForThisProcess(folder), front)).Open(ContextName);
    }

    /// <summary>Null for what the session is to give.</summary>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // The very one that the commands use, should the session have two.
        if (assemblyName.Name == _front.GetName().Name)
            return _front;
        if (assemblyName.Name is not { } name || !_folders.Has(name))
            return null;

        return FromRuntime(assemblyName) ?? Open(name);
    }

    /// <summary>The runtime's own copy, if there is one that is new enough: it is precompiled.</summary>
    private static Assembly? FromRuntime(AssemblyName name)
    {
        string path = Path.Combine(RuntimeFolder, name.Name + ".dll");
        if (!File.Exists(path) || AssemblyName.GetAssemblyName(path).Version < name.Version)
            return null;

        Assembly shared = Default.LoadFromAssemblyName(name);
        return shared.Location == path ? shared : null;
    }

    private static bool IsSame(string one, string other) =>
        AssemblyName.GetAssemblyName(one).FullName == AssemblyName.GetAssemblyName(other).FullName;

    private Assembly Open(string name)
    {
        if (_folders.PrecompiledPathOf(name) is { } precompiled)
        {
            try
            {
                // One that an earlier version of the module has left is refused only when it is too late.
                if (IsSame(precompiled, _folders.PathOf(name)))
                    return LoadFromAssemblyPath(precompiled);
            }
            catch (Exception exception) when (exception is BadImageFormatException or IOException)
            {
                // The same is there once more, in a form that takes longer to start.
            }
        }

        return LoadFromAssemblyPath(_folders.PathOf(name));
    }
}
