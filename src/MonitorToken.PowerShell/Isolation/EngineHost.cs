using System.Management.Automation;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// Gives the engine and everything that it depends on a place of its own, so that no other version of
/// Azure.Core, MSAL or System.Text.Json in the session meets ours. Nothing else in the module knows of it.
/// </summary>
public sealed class EngineHost : IModuleAssemblyInitializer
{
    private const string Engine = "MonitorToken.Engine";

    private static readonly string ModuleFolder = Path.GetDirectoryName(typeof(EngineHost).Assembly.Location)!;

    private static readonly string EngineFolder = Path.Combine(ModuleFolder, "engine");

    private static int _started;

    /// <summary>Called by PowerShell at import. Loads nothing yet: the engine comes with the first token.</summary>
    public void OnImport()
    {
        // A runspace more imports the module once more, but there is one engine for the process.
        if (Interlocked.Exchange(ref _started, 1) != 0)
            return;

#if NET
        var engine = new EngineLoadContext(EngineFolder);
        System.Runtime.Loader.AssemblyLoadContext.Default.Resolving += (_, name) =>
            name.Name == Engine ? engine.LoadFromAssemblyName(name) : null;
#else
        // Entra takes nothing older, which is all that Windows PowerShell speaks by itself on older servers.
        const System.Net.SecurityProtocolType SystemDefault = 0;
        if (System.Net.ServicePointManager.SecurityProtocol != SystemDefault)
            System.Net.ServicePointManager.SecurityProtocol |= System.Net.SecurityProtocolType.Tls12;

        AppDomain.CurrentDomain.AssemblyResolve += (_, request) => EngineAssemblies.Resolve(EngineFolder, Engine, request);
#endif
    }
}
