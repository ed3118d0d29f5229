namespace MonitorToken.Framework.Cases;

internal static class ManagedIdentityCases
{
    public static void Of_a_virtual_machine() => Is(Emulator.Variable("EMULATOR_SYSTEM_IDENTITY_CLIENT_ID"), new { });

    public static void Assigned_by_the_user()
    {
        string clientId = Emulator.Variable("EMULATOR_USER_IDENTITY_CLIENT_ID");
        Is(clientId, new { ClientId = clientId });
    }

    public static void Of_an_App_Service()
    {
        using var endpoint = new Setting("IDENTITY_ENDPOINT", Emulator.Variable("EMULATOR_MSI_ENDPOINT"));
        using var header = new Setting("IDENTITY_HEADER", Emulator.Variable("EMULATOR_MSI_SECRET"));
        Is(Emulator.Variable("EMULATOR_SYSTEM_IDENTITY_CLIENT_ID"), new { ForceRefresh = true });
    }

    public static void Of_an_Automation_account()
    {
        using var endpoint = new Setting("IDENTITY_ENDPOINT", Emulator.Variable("EMULATOR_AUTOMATION_ENDPOINT"));
        using var header = new Setting("IDENTITY_HEADER", Emulator.Variable("EMULATOR_AUTOMATION_HEADER"));
        Is(Emulator.Variable("EMULATOR_SYSTEM_IDENTITY_CLIENT_ID"), new { ForceRefresh = true });
    }

    private static void Is(string identity, object options)
    {
        Outcome outcome = Ask.Token(Ask.LogAnalytics, new { ManagedIdentity = true }, options);
        Check.Equal("ManagedIdentity", outcome.Property<string>("CredentialName"), "credential");
        Check.Equal(identity, outcome.Property<string>("Identity"), "identity");
    }
}
