namespace MonitorToken.Framework.Cases;

/// <summary>A file of the module goes after the import.</summary>
internal static class VanishedCases
{
    public static void A_command_fails_without_an_end_to_the_process()
    {
        File.Delete(Path.Combine(Session.Current.Folder, "engine", "net472", "MonitorToken.Engine.dll"));
        for (int i = 0; i < 2; i++)
            Check.Equal(
                "ModuleChanged",
                Ask.Credential(new { ManagedIdentity = true }).Failure?.FullyQualifiedErrorId,
                "error id");
    }
}
