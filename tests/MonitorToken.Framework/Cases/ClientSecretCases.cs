using System.Management.Automation;

namespace MonitorToken.Framework.Cases;

internal static class ClientSecretCases
{
    public static void Gives_a_token()
    {
        Emulator.Application app = Emulator.AddApplication();
        Outcome outcome = Ask.Token(Ask.LogAnalytics, app.SignIn);
        Check.Equal("https://api.loganalytics.io", outcome.Property<string>("Resource"), "resource");
        Check.Equal("LogAnalytics", outcome.Property<string>("ResourceName"), "name");
        Check.Equal("ClientSecret", outcome.Property<string>("CredentialName"), "credential");
        Check.Equal(app.ClientId, outcome.Property<string>("Identity"), "identity");
        Check.Equal(app.TenantId, outcome.Property<string>("TenantId"), "tenant");
        Check.That(outcome.Property<DateTimeOffset>("ExpiresOn") > DateTimeOffset.UtcNow, "it is valid");
        Check.That(!outcome.Single().ToString().Contains("eyJ"), "it does not show");
    }

    public static void Asks_once_for_the_same_token()
    {
        Emulator.Application app = Emulator.AddApplication();
        Emulator.Clear();
        for (int times = 0; times < 3; times++)
            Ask.Token(Ask.LogAnalytics, app.SignIn).Single();
        Check.Equal(1, Emulator.TokenRequests(), "number of requests");
    }

    public static void Asks_the_v1_endpoint()
    {
        Emulator.Application app = Emulator.AddApplication();
        Outcome outcome = Ask.Token(new { Resource = "ResourceManager", UseV1Endpoint = true }, app.SignIn);
        Check.Equal(app.ClientId, outcome.Property<string>("Identity"), "identity");
    }

    public static void Takes_a_plain_string_and_warns()
    {
        Emulator.Application app = Emulator.AddApplication();
        Outcome outcome = Ask.Token(Ask.LogAnalytics, new { app.TenantId, app.ClientId, ClientSecret = app.Secret });
        Check.Equal(app.ClientId, outcome.Property<string>("Identity"), "identity");
        Check.Equal(1, outcome.Warnings.Count, "number of warnings");
    }

    public static void Takes_a_PSCredential()
    {
        Emulator.Application app = Emulator.AddApplication();
        var credential = new PSCredential(app.ClientId, app.SecureSecret);
        Outcome outcome = Ask.Token(Ask.LogAnalytics, new { app.TenantId, ServicePrincipal = credential });
        Check.Equal(app.ClientId, outcome.Property<string>("Identity"), "identity");
    }

    public static void Gives_a_token_for_each_resource_that_is_piped_in()
    {
        Emulator.Application app = Emulator.AddApplication();
        Outcome outcome = Session.Current.Pipe(["LogAnalytics", "ResourceManager"], "Get-MonitorToken", app.SignIn);
        Check.That(outcome.Failure is null, $"it works: {outcome.Failure?.Exception}");
        Check.Equal(2, outcome.Output.Count, "number of tokens");
    }

    public static void Refuses_a_wrong_secret()
    {
        Emulator.Application app = Emulator.AddApplication();
        Outcome outcome = Ask.Token(Ask.LogAnalytics, new { app.TenantId, app.ClientId, ClientSecret = "wrong" });
        outcome.FailedWith("AuthenticationFailed", ErrorCategory.AuthenticationError, "AADSTS7000215");
        Check.That(outcome.Failure!.ErrorDetails?.RecommendedAction?.Length > 0, "it says what to do");
    }

    public static void Refuses_an_unknown_resource() =>
        Ask.Token(new { Resource = "https://unknown.example" }, Emulator.AddApplication().SignIn)
            .FailedWith("ResourceNotFound", ErrorCategory.ObjectNotFound, "AADSTS500011");

    public static void Refuses_a_name_that_is_none() =>
        Ask.Token(new { Resource = "LogAnalytic" }, Emulator.AddApplication().SignIn)
            .FailedWith("InvalidResource", ErrorCategory.InvalidArgument, "LogAnalytics");
}
