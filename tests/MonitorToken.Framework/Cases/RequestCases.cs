using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Framework.Cases;

internal static class RequestCases
{
    private const string Query = "https://api.loganalytics.io/v1/workspaces/9e6f4a1c-5f2b-4f0e-8d0a-3c1b7a9d2e55/query";

    public static void A_table_becomes_typed_rows()
    {
        Emulator.Clear();
        Outcome outcome = Ask("Heartbeat");
        Check.That(outcome.Failure is null, $"it works: {outcome.Failure?.Exception}");
        Check.Equal(3, outcome.Output.Count, "number of rows");
        Check.Equal("web-01", (string?)Value(outcome.Output[0], "Computer"), "computer");
        Check.Equal(DateTimeKind.Utc, ((DateTime)Value(outcome.Output[0], "TimeGenerated")!).Kind, "kind of time");
    }

    public static void Ten_thousand_rows()
    {
        Emulator.Clear();
        Outcome outcome = Ask("range Number from 1 to 10000 step 1");
        Check.Equal(10000, outcome.Output.Count, "number of rows");
        Check.Equal(10000L, (long)Value(outcome.Output[9999], "Number")!, "the last one");
    }

    public static void A_service_that_refuses()
    {
        Emulator.Clear();
        Emulator.Fail("""{"match":{"host":"api.loganalytics.io"},"status":403,"body":"{\"code\":\"A\"}"}""");
        Outcome outcome = Ask("Heartbeat");
        Emulator.Clear();
        outcome.FailedWith("RequestFailed", ErrorCategory.PermissionDenied, "HTTP 403, A.");
    }

    public static void A_service_that_is_busy_is_asked_again()
    {
        Emulator.Clear();
        Emulator.Fail(
            """
            {"match":{"host":"api.loganalytics.io"},"times":1,"status":429,"headers":{"retry-after-ms":"1"}}
            """);
        Check.Equal(3, Ask("Heartbeat").Output.Count, "number of rows");
    }

    private static object? Value(object? row, string column) => ((PSObject)row!).Properties[column]?.Value;

    private static Outcome Ask(string query) => Session.Current.Run(
        "Invoke-MonitorRestMethod",
        Emulator.AddApplication().SignIn,
        new { Uri = new Uri(Query), Body = new Hashtable { ["query"] = query }, AsTable = true });
}
