using System.Reflection;
using System.Reflection.Emit;

namespace MonitorToken.Framework;

/// <summary>
/// A module as Az.Accounts is one: it answers whoever asks for an assembly on its list, in a version that is at most
/// its own. What it gives has the name of what our engine uses and nothing in it, so that nobody can run on it.
/// </summary>
internal static class OtherModule
{
    public const string Marker = "9999.0.0.0";

    private static readonly string[] Names =
    [
        "Azure.Core", "Azure.Identity", "Microsoft.Bcl.AsyncInterfaces", "Microsoft.Identity.Client",
        "Microsoft.Identity.Client.Extensions.Msal", "Microsoft.IdentityModel.Abstractions", "System.Buffers",
        "System.ClientModel", "System.Diagnostics.DiagnosticSource", "System.Memory", "System.Memory.Data",
        "System.Numerics.Vectors", "System.Runtime.CompilerServices.Unsafe",
        "System.Security.Cryptography.ProtectedData",
        "System.Text.Encodings.Web", "System.Text.Json", "System.Threading.Tasks.Extensions", "System.ValueTuple",
    ];

    private static readonly Dictionary<string, Assembly> Own = [];

    /// <summary>What it has; nothing as long as it is not imported.</summary>
    public static IEnumerable<string> Imported => Own.Keys;

    public static void Import()
    {
        foreach (string name in Names)
            Own[name] = AppDomain.CurrentDomain.DefineDynamicAssembly(
                new AssemblyName(name) { Version = new Version(Marker) }, AssemblyBuilderAccess.Run);

        AppDomain.CurrentDomain.AssemblyResolve += (_, request) =>
        {
            var wanted = new AssemblyName(request.Name);
            return Own.TryGetValue(wanted.Name, out Assembly own) && wanted.Version <= own.GetName().Version
                ? own
                : null;
        };
    }
}
