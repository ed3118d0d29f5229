using System.Management.Automation;

namespace MonitorToken.Framework.Cases;

internal static class FederationCases
{
    public static void A_token_of_another_provider()
    {
        Emulator.Application app = Emulator.AddApplication();
        Works(app, new { FederatedToken = app.AddFederation() });
    }

    public static void A_script_that_gets_one()
    {
        Emulator.Application app = Emulator.AddApplication();
        string token = app.AddFederation();
        Works(app, new { FederatedTokenScript = new ScriptBlock(() => token) });
    }

    public static void A_managed_identity_that_it_trusts()
    {
        Emulator.Application app = Emulator.AddApplication();
        app.Trust(Emulator.Variable("EMULATOR_SYSTEM_IDENTITY_OBJECT_ID"));
        Works(app, new { FederatedCredential = Ask.Credential(new { ManagedIdentity = true }).Single() });
    }

    public static void A_pod()
    {
        using var tenant = new Setting("AZURE_TENANT_ID", Emulator.Variable("EMULATOR_TENANT_ID"));
        using var client = new Setting("AZURE_CLIENT_ID", Emulator.Variable("EMULATOR_CLIENT_ID"));
        using var file = new Setting("AZURE_FEDERATED_TOKEN_FILE", Emulator.Variable("EMULATOR_FEDERATED_TOKEN_FILE"));
        Outcome outcome = Ask.Token(Ask.LogAnalytics, new { WorkloadIdentity = true });
        Check.Equal("WorkloadIdentity", outcome.Property<string>("CredentialName"), "credential");
    }

    private static void Works(Emulator.Application app, object token)
    {
        Outcome outcome = Ask.Token(Ask.LogAnalytics, new { app.TenantId, app.ClientId }, token);
        Check.Equal(app.ClientId, outcome.Property<string>("Identity"), "identity");
    }
}
