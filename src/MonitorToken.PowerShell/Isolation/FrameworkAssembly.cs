using System.Reflection;
using System.Runtime.InteropServices;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// Finds assemblies that .NET Framework includes in a lower version than the packages reference. An application would
/// use a binding redirect; a module cannot have one.
/// </summary>
internal static class FrameworkAssembly
{
    /// <summary>The assembly version of all of .NET Framework 4, and so the lowest that can be there.</summary>
    private static readonly Version Lowest = new(4, 0, 0, 0);

    [ThreadStatic]
    private static bool _isLoading;

    /// <summary>The framework's assembly of that name, in any version; null if there is none.</summary>
    public static Assembly? Find(AssemblyName name)
    {
        // If the framework does not have the assembly either, Load below calls our own handler again.
        if (_isLoading)
            return null;

        _isLoading = true;
        try
        {
            var builtIn = (AssemblyName)name.Clone();
            builtIn.Version = Lowest;
            var found = Assembly.Load(builtIn);

            // Another module's handler may have supplied its own copy.
            return IsBuiltIn(found) ? found : null;
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException)
        {
            return null;
        }
        finally
        {
            _isLoading = false;
        }
    }

    private static bool IsBuiltIn(Assembly assembly) =>
        assembly.GlobalAssemblyCache
        || assembly.Location.StartsWith(RuntimeEnvironment.GetRuntimeDirectory(), StringComparison.OrdinalIgnoreCase);
}
