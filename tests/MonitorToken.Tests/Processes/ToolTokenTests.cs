using System.Globalization;
using MonitorToken.Engine.Processes;
using Xunit;

namespace MonitorToken.Tests.Processes;

public sealed class ToolTokenTests
{
    private static readonly DateTimeOffset Expiry = new(2031, 7, 14, 9, 30, 15, TimeSpan.Zero);

    private static string Local =>
        Expiry.LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss.000000", CultureInfo.InvariantCulture);

    private static long Seconds => Expiry.ToUnixTimeSeconds();

    public static TheoryData<string> Cultures => new("", "de-DE", "tr-TR", "ar-SA", "th-TH", "fa-IR");

    [Theory]
    [MemberData(nameof(Cultures))]
    public void Every_tool_s_answer_is_read_in_every_culture(string culture)
    {
        using (Culture.Use(culture))
        {
            Is($$"""{"accessToken": "secret", "expiresOn": "{{Local}}", "tenant": "y", "tokenType": "Bearer"}""");
            Is($$"""{"accessToken": "secret", "expiresOn": "1999-01-01 00:00:00.000", "expires_on": {{Seconds}}}""");
            Is($$"""{"accessToken": "secret", "expires_on": "{{Seconds}}"}""");
            Is("""{"token": "secret", "expiresOn": "2031-07-14T09:30:15Z"}""");
            Is("""{"token": "secret", "expiresOn": "2031-07-14T11:30:15+02:00"}""");
            Is($$"""{"Token": "secret", "ExpiresOn": {{Seconds}}}""");
        }
    }

    [Theory]
    [InlineData("Etc/UTC")]
    [InlineData("Asia/Tokyo")]
    [InlineData("Asia/Kathmandu")]
    [InlineData("America/Los_Angeles")]
    public void The_Azure_CLI_s_time_is_this_machine_s(string zone)
    {
        using (TimeZone.Use(zone))
            Is($$"""{"accessToken": "secret", "expiresOn": "{{Local}}"}""");
    }

    [Theory]
    [InlineData("WARNING: {not: json} and { \"neither\": this\nTo see what is new {here}: https://aka.ms\n", "")]
    [InlineData("{\"type\":\"consoleMessage\",\"data\":{\"message\":\"There is a new version {1.2}\"}}\n", "\n")]
    [InlineData("\uFEFF\r\n", "\r\n{\"accessToken\": \"another\"}\r\nDone. }{")]
    [InlineData("Grüße 世界 \U0001F600 ", " }} trailing \" noise")]
    [InlineData("{{{{{{{{", "{{{{{")]
    public void It_is_found_between_other_things(string before, string after) =>
        Is(before + """{"token": "secret", "expiresOn": "2031-07-14T09:30:15Z"}""" + after);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("<html>{}</html>")]
    [InlineData("""{"accessToken": "secret", "expires""")]
    [InlineData("""{"accessToken": "secret"}""")]
    [InlineData("""{"expires_on": 1900000000}""")]
    [InlineData("""{"accessToken": null, "expires_on": 1900000000}""")]
    [InlineData("""{"accessToken": "", "expires_on": 1900000000}""")]
    [InlineData("""{"accessToken": "  ", "expires_on": 1900000000}""")]
    [InlineData("""{"accessToken": "se\ncret", "expires_on": 1900000000}""")]
    [InlineData("""{"accessToken": "s\u00e9cret", "expires_on": 1900000000}""")]
    [InlineData("""{"accessToken": "\ud800", "expires_on": 1900000000}""")]
    [InlineData("""{"accessToken": 1, "expires_on": 1900000000}""")]
    [InlineData("""{"accessToken": ["secret"], "expires_on": 1900000000}""")]
    [InlineData("""{"accessToken": "secret", "expires_on": null}""")]
    [InlineData("""{"accessToken": "secret", "expires_on": -1}""")]
    [InlineData("""{"accessToken": "secret", "expires_on": "-1"}""")]
    [InlineData("""{"accessToken": "secret", "expires_on": 99999999999999}""")]
    [InlineData("""{"accessToken": "secret", "expires_on": 1e999}""")]
    [InlineData("""{"accessToken": "secret", "expires_on": "NaN"}""")]
    [InlineData("""{"accessToken": "secret", "expires_on": "1,900,000,000"}""")]
    [InlineData("""{"accessToken": "secret", "expires_on": {}}""")]
    [InlineData("""{"accessToken": "secret", "expires_on": true}""")]
    [InlineData("""{"accessToken": "secret", "expires_on": "\udc00"}""")]
    [InlineData("""{"accessToken": "secret", "expiresOn": "tomorrow"}""")]
    [InlineData("""{"accessToken": "secret", "expiresOn": "14.07.2031 09:30:15"}""")]
    [InlineData("""{"accessToken": "secret", "expiresOn": "2031-13-14 09:30:15.000000"}""")]
    [InlineData("""{"accessToken": "secret", "expiresOn": "99999-01-01 00:00:00.000000"}""")]
    [InlineData("""{"\ud800": "secret", "expiresOn": "2031-07-14T09:30:15Z"}""")]
    public void What_is_no_token_with_an_expiry_is_nothing(string output) => Assert.Null(ToolToken.TryRead(output));

    [Theory]
    [InlineData("0001-01-01 00:00:00.000000", "Asia/Tokyo")]
    [InlineData("9999-12-31 23:59:59.999999", "America/Los_Angeles")]
    public void A_time_beyond_the_ends_of_time_is_no_error(string time, string zone)
    {
        using (TimeZone.Use(zone))
            Assert.Null(ToolToken.TryRead($$"""{"accessToken": "secret", "expiresOn": "{{time}}"}"""));
    }

    [Fact]
    public void A_useless_exact_time_leaves_the_other() =>
        Is($$"""{"accessToken": "secret", "expires_on": null, "expiresOn": "{{Local}}"}""");

    [Fact]
    public void A_megabyte_of_braces_is_no_answer() =>
        Assert.Null(ToolToken.TryRead(string.Concat(Enumerable.Repeat("{\"a\":", 200_000))));

    [Fact]
    public void It_does_not_show_the_token()
    {
        ToolToken? answer = ToolToken.TryRead("""{"token": "secret", "expiresOn": "2031-07-14T09:30:15Z"}""");
        Assert.DoesNotContain("secret", $"{answer}", StringComparison.Ordinal);
    }

    private static void Is(string output)
    {
        ToolToken? answer = ToolToken.TryRead(output);
        Assert.NotNull(answer);
        Assert.Equal(("secret", Expiry), (answer.Token, answer.ExpiresOn));
        Assert.Equal(TimeSpan.Zero, answer.ExpiresOn.Offset);
    }
}
