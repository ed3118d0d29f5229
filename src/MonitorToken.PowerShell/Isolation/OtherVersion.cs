using System.Reflection;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// Prevents two versions of the module in one process. Windows PowerShell loads a second version of the commands, but
/// resolves their references to the assemblies of the first. PowerShell 7 itself refuses to load it.
/// </summary>
internal static class OtherVersion
{
    /// <exception cref="InvalidOperationException">Another version of the module is loaded.</exception>
    public static void Refuse()
    {
        AssemblyName own = typeof(OtherVersion).Assembly.GetName();
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            AssemblyName name = assembly.GetName();
            if (name.Name == own.Name && name.Version != own.Version)
                throw new InvalidOperationException(
                    $"MonitorToken {name.Version.ToString(3)} is already loaded in this process. "
                    + $"To use {own.Version.ToString(3)}, start a new session.");
        }
    }
}
