using System.Management.Automation;
using System.Runtime.CompilerServices;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// Isolates the engine and its dependencies, so that its versions of Azure.Core, MSAL and System.Text.Json do not
/// conflict with others in the session. The rest of the module is unaware of the isolation.
/// </summary>
public sealed class EngineHost : IModuleAssemblyInitializer
{
    private const string Engine = "MonitorToken.Engine";

    private static readonly bool IsFramework = Environment.Version.Major < 5;

    private static readonly EngineFolder Folder = EngineFolder.Of(IsFramework ? "net472" : "net8.0");

    private static int _started;

    /// <summary>
    /// Called by PowerShell at import. Only registers handlers: the engine is loaded at its first use.
    /// </summary>
    public void OnImport()
    {
        if (IsFramework)
            OtherVersion.Refuse();
        Folder.Check();
        LoadTypes();

        // Each runspace imports the module, but the handlers and the engine are per process.
        if (Interlocked.Exchange(ref _started, 1) != 0)
            return;

        if (IsFramework)
            OnFramework();
        else
            AppDomain.CurrentDomain.AssemblyResolve += new EngineContext(Folder, Engine).Resolve;
    }

    /// <summary>
    /// Loads the assembly of the output types, which functions name in attributes before they run any command.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LoadTypes() => GC.KeepAlive(typeof(AccessToken));

    private static void OnFramework()
    {
        // Entra requires TLS 1.2, which Windows PowerShell does not enable by default on older servers.
        const System.Net.SecurityProtocolType SystemDefault = 0;
        if (System.Net.ServicePointManager.SecurityProtocol != SystemDefault)
            System.Net.ServicePointManager.SecurityProtocol |= System.Net.SecurityProtocolType.Tls12;

        FirstToResolve.Add(new EngineAssemblies(Folder, Engine).Resolve);
    }
}
