using System.Reflection;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// Windows PowerShell loads a second version of the commands beside the first, but what they refer to by name is the
/// first one's. PowerShell 7 refuses to load it by itself.
/// </summary>
internal static class OtherVersion
{
    /// <exception cref="InvalidOperationException">Another version came first.</exception>
    public static void Refuse()
    {
        AssemblyName own = typeof(OtherVersion).Assembly.GetName();
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            AssemblyName name = assembly.GetName();
            if (name.Name == own.Name && name.Version != own.Version)
                throw new InvalidOperationException(
                    $"MonitorToken {name.Version.ToString(3)} is loaded in this process already; "
                    + $"start a new session to use {own.Version.ToString(3)}.");
        }
    }
}
