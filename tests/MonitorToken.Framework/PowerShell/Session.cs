using System.Management.Automation;
using System.Reflection;

namespace MonitorToken.Framework;

/// <summary>Imports the module and runs its commands as Windows PowerShell does, as far as they can tell.</summary>
internal sealed class Session
{
    private readonly Dictionary<string, Type> _commands;

    /// <param name="folder">The module's folder.</param>
    /// <param name="mayFail">Keeps the error of the import, in place of throwing it.</param>
    /// <param name="load">How the commands are loaded from their path; by default as PowerShell does it.</param>
    public Session(string folder, bool mayFail = false, Func<string, Assembly>? load = null)
    {
        Folder = folder;
        string path = Path.Combine(folder, "MonitorToken.PowerShell.dll");
        Module = (load ?? Assembly.LoadFrom)(path);
        Type[] types = Module.GetExportedTypes();
        _commands = types
            .Where(type => type.GetCustomAttribute<CmdletAttribute>() is not null)
            .ToDictionary(type => NameOf(type.GetCustomAttribute<CmdletAttribute>()));
        try
        {
            foreach (Type type in types.Where(type => typeof(IModuleAssemblyInitializer).IsAssignableFrom(type)))
                ((IModuleAssemblyInitializer)Activator.CreateInstance(type)).OnImport();
        }
        catch (Exception exception) when (mayFail)
        {
            ImportError = exception;
        }
    }

    public static Session Current { get; set; } = null!;

    /// <summary>The module's folder.</summary>
    public string Folder { get; }

    /// <summary>The commands.</summary>
    public Assembly Module { get; }

    public Exception? ImportError { get; }

    /// <param name="command">Such as Get-MonitorToken.</param>
    /// <param name="parameters">Objects whose properties are named like the parameters.</param>
    public Outcome Run(string command, params object[] parameters) => Pipe([], command, parameters);

    /// <param name="input">What is piped into the command.</param>
    /// <param name="command">Such as Get-MonitorToken.</param>
    /// <param name="parameters">Objects whose properties are named like the parameters.</param>
    public Outcome Pipe(object[] input, string command, params object[] parameters)
    {
        var cmdlet = (PSCmdlet)Activator.CreateInstance(_commands[command]);
        var outcome = new Outcome();
        cmdlet.CommandRuntime = outcome;
        try
        {
            var binder = new Binder(cmdlet, parameters);
            cmdlet.MyInvocation.ExpectingInput = input.Length > 0;
            cmdlet.Run(input.Length == 0
                ? [() => { }]
                : input.Select<object, Action>(item => () => binder.BindInput(item)));
        }
        catch (Exception exception) when (exception is RuntimeException)
        {
            outcome.Failure = ((RuntimeException)exception).ErrorRecord;
        }
        finally
        {
            (cmdlet as IDisposable)?.Dispose();
        }

        return outcome;
    }

    private static string NameOf(CmdletAttribute cmdlet) => $"{cmdlet.VerbName}-{cmdlet.NounName}";
}
