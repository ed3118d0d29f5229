using System.Reflection;

namespace MonitorToken.Framework;

/// <summary>
/// Runs every public static method of some classes named *Cases, and prints a line for each: how it went, its name, and
/// why it failed.
/// </summary>
internal static class Program
{
    /// <param name="arguments">
    /// The module's folder; when another module is imported: before, after or never; the names of the classes.
    /// </param>
    private static int Main(string[] arguments)
    {
        Trust.EmulatorAuthority();
        if (arguments[1] == "before")
            OtherModule.Import();
        Session.Current = new Session(arguments[0], mayFail: arguments.Contains("IncompleteCases"));
        if (arguments[1] == "after")
            OtherModule.Import();

        int failed = 0;
        foreach (MethodInfo method in Cases(arguments.Skip(2)))
        {
            string name = $"{method.DeclaringType!.Name}.{method.Name}";
            try
            {
                method.Invoke(null, null);
                Console.WriteLine($"passed {name}");
            }
            catch (TargetInvocationException exception)
            {
                failed++;
                Console.WriteLine($"failed {name} {OneLine(exception.InnerException!)}");
            }
        }

        return failed == 0 ? 0 : 1;
    }

    private static IEnumerable<MethodInfo> Cases(IEnumerable<string> classes) =>
        typeof(Program).Assembly.GetTypes()
            .Where(type => classes.Contains(type.Name))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly));

    private static string OneLine(Exception exception) => exception.ToString().Replace("\r", "").Replace("\n", " | ");
}
