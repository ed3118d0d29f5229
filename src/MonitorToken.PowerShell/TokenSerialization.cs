using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace MonitorToken.Commands;

/// <summary>
/// Keeps the token out of what is serialized. Away from Windows, Export-Clixml and jobs write a SecureString as plain
/// text.
/// </summary>
/// <remarks>
/// A file in TypesToProcess does the same and says that it is "already present" when the module is imported from a
/// second folder; it takes longer, too.
/// </remarks>
internal static class TokenSerialization
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic;

    private static readonly ConditionalWeakTable<Runspace, Runspace> Restricted = new();

    private static readonly string[] Properties =
    [
        .. typeof(AccessToken).GetProperties()
            .Select(property => property.Name).Where(name => name != nameof(AccessToken.Token)),
    ];

    /// <summary>For the current runspace.</summary>
    public static void Restrict()
    {
        if (Runspace.DefaultRunspace is not { } runspace || Restricted.TryGetValue(runspace, out _))
            return;

        Restricted.Add(runspace, runspace);

        var type = new TypeData(typeof(AccessToken).FullName!)
        {
            SerializationMethod = "SpecificProperties",
            PropertySerializationSet = new PropertySetData(Properties),
            IsOverride = true,
        };
        if (runspace.InitialSessionState is { } state && TableOf(runspace) is { } table)
        {
            table.AddType(type);
            // From which PowerShell fills the table anew when another module takes its types away.
            state.Types.Add(new SessionStateTypeEntry(type, isRemove: false));
        }
        else
        {
            using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
            shell.AddCommand("Update-TypeData").AddParameter("TypeData", type).AddParameter("Force").Invoke();
        }
    }

    /// <summary>What Update-TypeData changes. To load that command would take a multiple of the time.</summary>
    private static TypeTable? TableOf(Runspace runspace)
    {
        object? context = typeof(Runspace).GetProperty("ExecutionContext", Hidden)?.GetValue(runspace);
        return context?.GetType().GetProperty("TypeTable", Hidden)?.GetValue(context) as TypeTable;
    }
}
