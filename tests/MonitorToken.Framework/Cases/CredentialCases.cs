using System.Management.Automation;

namespace MonitorToken.Framework.Cases;

internal static class CredentialCases
{
    public static void One_is_made_without_a_request_and_piped_on()
    {
        Emulator.Clear();
        Emulator.Application app = Emulator.AddApplication();
        Outcome made = Ask.Credential(app.SignIn);
        Check.Equal("ClientSecret", made.Property<string>("Name"), "name");
        Check.Equal(app.ClientId, made.Property<string>("ClientId"), "application");
        Check.Equal(0, Emulator.TokenRequests(), "number of requests");

        Outcome token = Session.Current.Pipe([made.Single()], "Get-MonitorToken", Ask.LogAnalytics);
        Check.Equal(app.ClientId, token.Property<string>("Identity"), "identity");
    }

    public static void Several_are_tried_in_turn()
    {
        Emulator.Application app = Emulator.AddApplication();
        object absent = Ask.Credential(new { GitHubActions = true, app.TenantId, app.ClientId }).Single();
        object present = Ask.Credential(app.SignIn).Single();
        Outcome token = Ask.Token(Ask.LogAnalytics, new { Credential = new[] { absent, present } });
        Check.Equal("ClientSecret", token.Property<string>("CredentialName"), "credential");
    }

    public static void The_environment_s_alone() => IsOfTheEnvironment(new { FromEnvironment = true });

    public static void The_environment_s_in_the_chain() => IsOfTheEnvironment(new { });

    public static void What_is_not_here_is_unavailable() =>
        Ask.Token(Ask.LogAnalytics, new { FromEnvironment = true })
            .FailedWith("CredentialUnavailable", ErrorCategory.ResourceUnavailable, "AZURE_");

    private static void IsOfTheEnvironment(object signIn)
    {
        using var tenant = new Setting("AZURE_TENANT_ID", Emulator.Variable("EMULATOR_TENANT_ID"));
        using var client = new Setting("AZURE_CLIENT_ID", Emulator.Variable("EMULATOR_CLIENT_ID"));
        using var secret = new Setting("AZURE_CLIENT_SECRET", Emulator.Variable("EMULATOR_CLIENT_SECRET"));
        Outcome token = Ask.Token(Ask.LogAnalytics, signIn);
        Check.Equal("Environment", token.Property<string>("CredentialName"), "credential");
    }
}
