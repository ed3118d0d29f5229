using System.Management.Automation;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// Gives the engine and everything that it depends on a place of its own, so that no other version of
/// Azure.Core, MSAL or System.Text.Json in the session meets ours. Nothing else in the module knows of it.
/// </summary>
public sealed class EngineHost : IModuleAssemblyInitializer
{
    private const string Engine = "MonitorToken.Engine";

    private static readonly bool IsFramework = Environment.Version.Major < 5;

    private static readonly EngineFolder Folder = EngineFolder.Of(IsFramework ? "net472" : "net8.0");

    private static int _started;

    /// <summary>Called by PowerShell at import. Loads nothing yet: the engine comes with the first token.</summary>
    public void OnImport()
    {
        if (IsFramework)
            OtherVersion.Refuse();
        Folder.Check();

        // A runspace more imports the module once more, but there is one engine for the process.
        if (Interlocked.Exchange(ref _started, 1) != 0)
            return;

        if (IsFramework)
            OnFramework();
        else
            AppDomain.CurrentDomain.AssemblyResolve += new EngineContext(Folder, Engine).Resolve;
    }

    private static void OnFramework()
    {
        // Entra takes nothing older, which is all that Windows PowerShell speaks by itself on older servers.
        const System.Net.SecurityProtocolType SystemDefault = 0;
        if (System.Net.ServicePointManager.SecurityProtocol != SystemDefault)
            System.Net.ServicePointManager.SecurityProtocol |= System.Net.SecurityProtocolType.Tls12;

        FirstToResolve.Add(new EngineAssemblies(Folder, Engine).Resolve);
    }
}
