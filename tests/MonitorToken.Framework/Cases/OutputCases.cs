using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;

namespace MonitorToken.Framework.Cases;

internal static class OutputCases
{
    public static void A_header()
    {
        var header = (Hashtable)As(new { AsHeader = true }).Single();
        string value = (string)header["Authorization"];
        Check.That(value.StartsWith("Bearer eyJ", StringComparison.Ordinal), "it is a header");
    }

    public static void A_SecureString()
    {
        var token = (SecureString)As(new { AsSecureString = true }).Single();
        IsJwt(new NetworkCredential(string.Empty, token).Password);
    }

    public static void A_plain_string() => IsJwt((string)As(new { AsPlainText = true }).Single());

    public static void The_answer_of_the_v1_endpoint()
    {
        var answer = (PSObject)As(new { AsRestResponse = true }).Single();
        Check.Equal(
            "token_type expires_in ext_expires_in expires_on not_before resource access_token",
            string.Join(" ", answer.Properties.All.Select(property => property.Name)),
            "list of properties");
        Check.That(long.Parse((string)answer.Properties["expires_in"]!.Value!) > 0, "it is valid");
    }

    public static void Two_at_once_are_refused() =>
        As(new { AsHeader = true, AsPlainText = true })
            .FailedWith("InvalidOption", ErrorCategory.InvalidArgument, "output");

    private static Outcome As(object form) => Ask.Token(Ask.LogAnalytics, Emulator.AddApplication().SignIn, form);

    private static void IsJwt(string token) => Check.Equal(3, token.Split('.').Length, "number of parts");
}
