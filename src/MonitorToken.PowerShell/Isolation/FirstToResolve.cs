using System.Reflection;

namespace MonitorToken.Commands.Isolation;

/// <summary>
/// .NET Framework asks the handlers of <see cref="AppDomain.AssemblyResolve"/> in the order in which they came, and
/// takes the first answer. Some modules answer for anybody: Az.Accounts gives its own Azure.Core to whoever asks for
/// one that is no newer. So a handler that answers for its own assemblies alone goes before those who came earlier.
/// </summary>
internal static class FirstToResolve
{
    // On .NET Framework, and on Mono.
    private static readonly string[] FieldNames = ["_AssemblyResolve", nameof(AppDomain.AssemblyResolve)];

    public static void Add(ResolveEventHandler handler)
    {
        AppDomain domain = AppDomain.CurrentDomain;

        // .NET Framework takes this lock when a handler comes or goes.
        lock (domain)
        {
            FieldInfo? handlers = FieldNames
                .Select(name => typeof(AppDomain).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic))
                .FirstOrDefault(field => field?.FieldType == typeof(ResolveEventHandler));
            if (handlers is null)
                domain.AssemblyResolve += handler;
            else
                // At once: while the others are taken off and put back, somebody may need them.
                handlers.SetValue(domain, Delegate.Combine(handler, (ResolveEventHandler?)handlers.GetValue(domain)));
        }
    }
}
