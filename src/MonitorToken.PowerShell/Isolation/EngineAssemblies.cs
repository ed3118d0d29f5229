using System.Collections.Concurrent;
using System.Reflection;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// Windows PowerShell 5.1: what the session could not resolve for the engine comes from the engine's folder.
/// <see cref="Assembly.LoadFile"/> keeps it apart from assemblies of the same name that others have loaded.
/// </summary>
internal sealed class EngineAssemblies(EngineFolder folder, string engine)
{
    private static readonly Assembly Commands = typeof(EngineAssemblies).Assembly;

    private static readonly Assembly Front = typeof(AccessToken).Assembly;

    private readonly ConcurrentDictionary<string, Assembly> _loaded = new(StringComparer.OrdinalIgnoreCase);

    public Assembly? Resolve(object? sender, ResolveEventArgs request)
    {
        var name = new AssemblyName(request.Name);
        if (!IsOurs(name, request.RequestingAssembly))
            return null;

        // PowerShell loads it from its path, and such assemblies are not found for others by themselves.
        if (name.Name == Front.GetName().Name)
            return Front;

        string path = folder.PathOf(name.Name);
        return File.Exists(path)
            ? _loaded.GetOrAdd(name.Name!, _ => Assembly.LoadFile(path))
            : FrameworkAssembly.Find(name);
    }

    /// <summary>Whether the commands ask for the engine, or something of its folder asks for anything.</summary>
    private bool IsOurs(AssemblyName name, Assembly? requester) =>
        requester is null ? name.Name == engine
        : requester == Commands ? name.Name == engine
        : _loaded.Values.Contains(requester);
}
