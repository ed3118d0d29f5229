#if !NET
using System.Collections.Concurrent;
using System.Reflection;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// Windows PowerShell 5.1: what the session could not resolve for the engine comes from the engine's folder.
/// <see cref="Assembly.LoadFile"/> keeps it apart from assemblies of the same name that others have loaded.
/// </summary>
internal static class EngineAssemblies
{
    private static readonly ConcurrentDictionary<string, Assembly> Loaded = new(StringComparer.OrdinalIgnoreCase);

    public static Assembly? Resolve(string folder, string engine, ResolveEventArgs request)
    {
        var name = new AssemblyName(request.Name);
        bool isOurs = name.Name == engine
            || (request.RequestingAssembly is { } requester && Loaded.Values.Contains(requester));
        if (!isOurs)
            return null;

        // PowerShell loads it from its path, and such assemblies are not found for others by themselves.
        if (name.Name == "MonitorToken")
            return typeof(AccessToken).Assembly;

        string path = Path.Combine(folder, name.Name + ".dll");
        return File.Exists(path) ? Loaded.GetOrAdd(name.Name!, _ => Assembly.LoadFile(path)) : BuiltIn(name);
    }

    /// <summary>
    /// What .NET Framework has built in, though in a lower version than the packages refer to. An application
    /// would get it by a binding redirect; a module cannot have one.
    /// </summary>
    private static Assembly? BuiltIn(AssemblyName name)
    {
        try
        {
            name.Version = new Version(4, 0, 0, 0);
            return Assembly.Load(name);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
#endif
