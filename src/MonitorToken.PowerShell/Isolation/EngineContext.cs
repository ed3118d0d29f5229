using System.Reflection;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// Resolves the engine in PowerShell 7: it is loaded on first use into its own AssemblyLoadContext. .NET Framework has
/// no such type, so the assembly that derives from it is loaded by reflection, and only then.
/// </summary>
internal sealed class EngineContext(EngineFolder folder, string engine)
{
    private const string Loader = "MonitorToken.LoadContext";

    public Assembly? Resolve(object? sender, ResolveEventArgs request) =>
        request.Name.StartsWith(engine + ",", StringComparison.Ordinal) ? Load() : null;

    private Assembly Load()
    {
        MethodInfo load = Assembly.LoadFrom(folder.PathOf(Loader))
            .GetType("MonitorToken.Isolation.EngineLoadContext")
            .GetMethod("LoadEngine");
        var loadEngine = (Func<string, Assembly, Assembly>)load.CreateDelegate(
            typeof(Func<string, Assembly, Assembly>));
        return loadEngine(folder.FullPath, typeof(AccessToken).Assembly);
    }
}
