using System.Reflection;

namespace MonitorToken.Framework.Cases;

internal static class IsolationCases
{
    private static readonly string[] Needed =
        ["MonitorToken.Engine", "Azure.Core", "Microsoft.Identity.Client", "System.ClientModel", "System.Text.Json"];

    public static void The_engine_runs_on_what_lies_beside_it()
    {
        SignIn();
        string folder = Path.Combine(Path.GetDirectoryName(Session.Current.Module.Location)!, "engine", "net472");
        string[] own =
        [
            .. AppDomain.CurrentDomain.GetAssemblies()
                .Where(assembly => !assembly.IsDynamic && Path.GetDirectoryName(assembly.Location) == folder)
                .Select(assembly => assembly.GetName().Name),
        ];
        foreach (string name in Needed)
            Check.That(own.Contains(name), $"{name} is from the engine's folder, as are {string.Join(", ", own)}");
    }

    public static void The_other_module_keeps_its_own()
    {
        SignIn();
        foreach (string name in OtherModule.Imported)
            Check.Equal(OtherModule.Marker, Assembly.Load(Older(name)).GetName().Version.ToString(), name);
    }

    public static void Nobody_else_gets_the_engine_s()
    {
        SignIn();
        try
        {
            string version = Assembly.Load(Older("Azure.Core")).GetName().Version.ToString();
            Check.Equal(OtherModule.Marker, version, "the other module's");
        }
        catch (FileNotFoundException) when (!OtherModule.Imported.Any())
        {
        }
    }

    public static void A_second_runspace_imports_it_too()
    {
        SignIn();
        var second = new Session(Session.Current.Folder);
        second.Run("Get-MonitorToken", Ask.LogAnalytics, Emulator.AddApplication().SignIn).Single();
    }

    private static void SignIn() => Ask.Token(Ask.LogAnalytics, Emulator.AddApplication().SignIn).Single();

    /// <summary>In full: Mono gives whatever it has to those who do not say the key.</summary>
    private static string Older(string name)
    {
        string path = Path.Combine(Path.GetDirectoryName(Session.Current.Module.Location)!, "engine", name + ".dll");
        AssemblyName own = File.Exists(path) ? AssemblyName.GetAssemblyName(path) : typeof(object).Assembly.GetName();
        return new AssemblyName(own.FullName) { Name = name, Version = new Version(0, 1) }.FullName;
    }
}
