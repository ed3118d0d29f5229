using System.Reflection;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// Registers a handler of <see cref="AppDomain.AssemblyResolve"/> in front of the existing ones. .NET Framework calls
/// handlers in the order of registration and uses the first result. Some modules answer requests of any assembly:
/// Az.Accounts returns its own Azure.Core for any version that is not newer. A handler that resolves only its own
/// assemblies can safely go first.
/// </summary>
internal static class FirstToResolve
{
    // The names of the event's backing field in .NET Framework and in Mono.
    private static readonly string[] FieldNames = ["_AssemblyResolve", nameof(AppDomain.AssemblyResolve)];

    public static void Add(ResolveEventHandler handler)
    {
        AppDomain domain = AppDomain.CurrentDomain;

        // .NET Framework holds this lock while it adds or removes a handler.
        lock (domain)
        {
            FieldInfo? handlers = FieldNames
                .Select(name => typeof(AppDomain).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic))
                .FirstOrDefault(field => field?.FieldType == typeof(ResolveEventHandler));
            if (handlers is null)
                domain.AssemblyResolve += handler;
            else
                // In one step: removing and adding the other handlers would leave a moment in which none is registered.
                handlers.SetValue(domain, Delegate.Combine(handler, (ResolveEventHandler?)handlers.GetValue(domain)));
        }
    }
}
