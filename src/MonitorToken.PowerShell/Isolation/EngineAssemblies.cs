using System.Collections.Concurrent;
using System.Reflection;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// Resolves the engine's assemblies in Windows PowerShell 5.1, which has no load contexts: those that the default
/// binding does not find are loaded from the engine's folder. <see cref="Assembly.LoadFile"/> keeps them separate from
/// assemblies of the same name that other modules have loaded.
/// </summary>
internal sealed class EngineAssemblies(EngineFolder folder, string engine)
{
    private static readonly Assembly Commands = typeof(EngineAssemblies).Assembly;

    private static readonly Assembly Shared = typeof(AccessToken).Assembly;

    private readonly ConcurrentDictionary<string, Assembly> _loaded = new(StringComparer.OrdinalIgnoreCase);

    public Assembly? Resolve(object? sender, ResolveEventArgs request)
    {
        var name = new AssemblyName(request.Name);
        if (!IsOurs(name, request.RequestingAssembly))
            return null;

        // PowerShell loads it with LoadFrom, and the engine, which is in no load context, does not see that context.
        if (name.Name == Shared.GetName().Name)
            return Shared;

        string path = folder.PathOf(name.Name);
        return File.Exists(path)
            ? _loaded.GetOrAdd(name.Name!, _ => Assembly.LoadFile(path))
            : FrameworkAssembly.Find(name);
    }

    /// <summary>
    /// Whether the commands request the engine, or an assembly from the engine's folder requests a dependency.
    /// </summary>
    private bool IsOurs(AssemblyName name, Assembly? requester) =>
        requester is null ? name.Name == engine
        : requester == Commands ? name.Name == engine
        : _loaded.Values.Contains(requester);
}
