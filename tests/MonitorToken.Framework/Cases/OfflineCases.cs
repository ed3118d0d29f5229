using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Framework.Cases;

internal static class OfflineCases
{
    public static void Resources_are_listed()
    {
        Outcome all = Session.Current.Run("Get-MonitorResource");
        Check.That(all.Output.Count >= 8, $"there are eight resources: {all.Output.Count}");
        object options = new { Name = "arm", Environment = "AzureUSGovernment" };
        Outcome one = Session.Current.Run("Get-MonitorResource", options);
        Check.Equal("https://management.usgovcloudapi.net", one.Property<string>("Audience"), "audience");
    }

    public static void A_cloud_describes_itself()
    {
        object options = new { Name = "Logs", ResourceManager = "https://management.fabrikam.example" };
        Outcome one = Session.Current.Run("Get-MonitorResource", options);
        Check.Equal("https://api.loganalytics.fabrikam.example", one.Property<string>("Audience"), "audience");
    }

    public static void A_resource_that_is_none_is_an_error()
    {
        Outcome outcome = Session.Current.Run("Get-MonitorResource", new { Name = "LogAnalytic" });
        Check.Equal("InvalidResource", outcome.Failure?.FullyQualifiedErrorId, "error id");
    }

    public static void A_token_is_read()
    {
        Emulator.Application app = Emulator.AddApplication();
        object token = Ask.Token(Ask.LogAnalytics, app.SignIn).Single();
        var header = (Hashtable)token.GetType().GetMethod("GetHeader")!.Invoke(token, null);
        foreach (object form in new[] { token, header, header["Authorization"] })
        {
            Outcome claims = Session.Current.Pipe([form], "ConvertFrom-MonitorToken");
            Check.Equal(app.ClientId, claims.Property<string>("ClientId"), "application");
            Check.Equal("https://api.loganalytics.io", claims.Property<string>("Audience"), "audience");
            Check.That(claims.Property<DateTimeOffset?>("ExpiresOn") > DateTimeOffset.UtcNow, "it is valid");
        }
    }

    public static void What_is_no_token_is_refused() =>
        Session.Current.Run("ConvertFrom-MonitorToken", new { Token = "opaque" })
            .FailedWith("InvalidToken", ErrorCategory.InvalidArgument, "JWT");
}
