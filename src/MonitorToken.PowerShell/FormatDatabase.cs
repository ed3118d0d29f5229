using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace MonitorToken.Commands;

/// <summary>
/// Adds views to a runspace. A view that is only added to the runspace's initial session state is not displayed until
/// PowerShell rebuilds its format database, from every view of the session: that takes 10 to 60 ms. Therefore the views
/// are also loaded into the existing database, with what PowerShell itself uses for that, and does not expose.
/// </summary>
internal static class FormatDatabase
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Adds views, after those that the session has: the first one for a type is displayed.</summary>
    /// <param name="runspace">The current runspace.</param>
    /// <param name="views">The views, the same objects each time.</param>
    public static void Add(Runspace runspace, ExtendedTypeDefinition[] views)
    {
        if (Keep(runspace.InitialSessionState, views) && !TryLoad(runspace, views))
            Rebuild();
    }

    /// <summary>
    /// Adds the views to what PowerShell rebuilds the database from: when a module with views of its own is imported or
    /// removed, and in Update-FormatData.
    /// </summary>
    /// <returns>Whether the runspace may have other views than those that it was opened with.</returns>
    private static bool Keep(InitialSessionState state, ExtendedTypeDefinition[] views)
    {
        if (state.DisableFormatUpdates)
            return false;

        // The runspaces of a pool have one initial session state.
        lock (views)
        {
            foreach (SessionStateFormatEntry entry in state.Formats)
            {
                // A format table that runspaces share cannot be changed, and must remain the only entry.
                if (entry.Formattable is not null)
                    return false;
                if (entry.FormatData == views[0])
                    return true;
            }

            foreach (ExtendedTypeDefinition view in views)
                state.Formats.Add(new SessionStateFormatEntry(view));
        }

        return true;
    }

    /// <summary>Loads the views into the runspace's database.</summary>
    /// <returns>False if the database of this PowerShell is not the one that is known here.</returns>
    private static bool TryLoad(Runspace runspace, ExtendedTypeDefinition[] views)
    {
        try
        {
            object? context = typeof(Runspace).GetProperty("ExecutionContext", Internal)?.GetValue(runspace);
            object? manager = context?.GetType().GetProperty("FormatDBManager", Internal)?.GetValue(context);
            object? database = manager?.GetType().GetMethod("GetTypeInfoDataBase", Internal)?.Invoke(manager, null);
            Type? type = typeof(PSObject).Assembly.GetType(
                "Microsoft.PowerShell.Commands.Internal.Format.TypeInfoDataBaseLoader");
            MethodInfo? load = type?.GetMethod("LoadFormattingData", Internal);
            if (database is null || load is null)
                return false;

            object expressions = Activator.CreateInstance(load.GetParameters()[2].ParameterType, nonPublic: true)!;
            using var loader = (IDisposable)Activator.CreateInstance(type!, nonPublic: true)!;
            // Views that are neither built into PowerShell, which would trust their scripts, nor for its help.
            object[] arguments = [views[0], database, expressions, false, false];
            foreach (ExtendedTypeDefinition view in views)
            {
                arguments[0] = view;
                if (load.Invoke(loader, arguments) is not true)
                    return false;
            }

            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <summary>What Update-FormatData does, which a constrained runspace may lack.</summary>
    private static void Rebuild()
    {
        // The version of Windows PowerShell; PowerShell 7 takes a higher one.
        var command = Type.GetType(
            "Microsoft.PowerShell.Commands.UpdateFormatDataCommand, Microsoft.PowerShell.Commands.Utility, "
                + "Version=3.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35");
        if (command is null)
            return;

        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(new CmdletInfo("Update-FormatData", command)).Invoke();
    }
}
