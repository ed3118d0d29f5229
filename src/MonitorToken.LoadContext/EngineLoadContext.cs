using System.Reflection;
using System.Runtime.Loader;

namespace MonitorToken.Isolation;

/// <summary>
/// The load context of the engine: assemblies in the engine's folders are loaded from there, regardless of what the
/// session has loaded. The commands, which are built for both editions of PowerShell, call
/// <see cref="LoadEngine"/> by reflection.
/// </summary>
public sealed class EngineLoadContext : AssemblyLoadContext
{
    private const string ContextName = "MonitorToken.Engine";

    private static readonly string RuntimeFolder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    private static readonly object Gate = new();

    private static EngineLoadContext? _only;

    private readonly EngineFolders _folders;
    private readonly Assembly _shared;

    private EngineLoadContext(EngineFolders folders, Assembly shared)
        : base(ContextName) => (_folders, _shared) = (folders, shared);

    /// <summary>Loads the engine. There is one instance per process.</summary>
    /// <param name="folder">The folder with the portable engine.</param>
    /// <param name="shared">The assembly with the types that the commands and the engine exchange.</param>
    public static Assembly LoadEngine(string folder, Assembly shared)
    {
        lock (Gate)
            return (_only ??= new EngineLoadContext(EngineFolders.ForThisProcess(folder), shared)).Open(ContextName);
    }

    /// <summary>Returns null for assemblies that the default context resolves.</summary>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // The same instance as the commands use, so that types are identical on both sides.
        if (assemblyName.Name == _shared.GetName().Name)
            return _shared;
        if (assemblyName.Name is not { } name || !_folders.Has(name))
            return null;

        return FromRuntime(assemblyName) ?? Open(name);
    }

    /// <summary>
    /// The runtime's own copy if it's new enough, otherwise null. It's precompiled for this runtime and likely loaded
    /// already.
    /// </summary>
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
                // A leftover of an earlier module version would load, and fail only at its first use.
                if (IsSame(precompiled, _folders.PathOf(name)))
                    return LoadFromAssemblyPath(precompiled);
            }
            catch (Exception exception) when (exception is BadImageFormatException or IOException)
            {
                // The portable assembly below serves as well; it only starts more slowly.
            }
        }

        return LoadFromAssemblyPath(_folders.PathOf(name));
    }
}
