namespace MonitorToken.Framework.Cases;

internal static class AccessCases
{
    private const string Workspace = "https://api.loganalytics.io/v1/workspaces/x/query?query=print%201";

    public static void A_service_that_lets_an_identity_in()
    {
        Emulator.Clear();
        Outcome row = Ask();
        Check.Equal("Succeeded", Status(row), "status");
        Check.Equal(200, row.Property<int?>("StatusCode"), "HTTP status");
    }

    public static void A_service_that_does_not()
    {
        Emulator.Clear();
        Emulator.Fail("""{"match":{"host":"api.loganalytics.io"},"status":403,"body":"{\"code\":\"A\"}"}""");
        Outcome row = Ask();
        Emulator.Clear();
        Check.Equal("Refused", Status(row), "status");
        Check.Equal("HTTP 403, A.", row.Property<string>("Reason"), "reason");
    }

    private static string Status(Outcome row) => row.Property<object>("Status").ToString();

    private static Outcome Ask() => Session.Current.Run(
        "Test-MonitorTokenCredential", Emulator.AddApplication().SignIn, new { Uri = new Uri(Workspace) });
}
