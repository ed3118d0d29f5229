namespace MonitorToken.Framework.Cases;

/// <summary>For a module whose engine goes after the import.</summary>
internal static class VanishedCases
{
    public static void A_command_fails_without_an_end_to_the_process()
    {
        File.Delete(Path.Combine(Session.Current.Folder, "engine", "net472", "MonitorToken.Engine.dll"));
        Check.That(Run() is IOException or TypeLoadException, "the runtime says it in its own words");
        Check.That(Run() is IOException or TypeLoadException, "the second time too");
    }

    private static Exception? Run()
    {
        try
        {
            return Ask.Credential(new { ManagedIdentity = true }).Failure?.Exception;
        }
        catch (Exception exception) when (exception is IOException or TypeLoadException)
        {
            return exception;
        }
    }
}
