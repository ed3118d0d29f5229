using System.Reflection;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// PowerShell 7: the engine is loaded into a context of its own when it is asked for. Such contexts are not to be had
/// on .NET Framework, so the assembly that makes one is loaded no earlier either.
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
