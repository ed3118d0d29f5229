using System.Reflection;
using System.Runtime.InteropServices;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// What .NET Framework has built in, though in a lower version than the packages refer to. An application would get it
/// by a binding redirect; a module cannot have one.
/// </summary>
internal static class FrameworkAssembly
{
    private static readonly Version Lowest = new(4, 0, 0, 0);

    [ThreadStatic]
    private static bool _isAsking;

    public static Assembly? Find(AssemblyName name)
    {
        // What the framework does not have either comes back to our handler.
        if (_isAsking)
            return null;

        _isAsking = true;
        try
        {
            var builtIn = (AssemblyName)name.Clone();
            builtIn.Version = Lowest;
            var found = Assembly.Load(builtIn);

            // Another module's handler may have answered, with something of its own.
            return IsBuiltIn(found) ? found : null;
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException)
        {
            return null;
        }
        finally
        {
            _isAsking = false;
        }
    }

    private static bool IsBuiltIn(Assembly assembly) =>
        assembly.GlobalAssemblyCache
        || assembly.Location.StartsWith(RuntimeEnvironment.GetRuntimeDirectory(), StringComparison.OrdinalIgnoreCase);
}
