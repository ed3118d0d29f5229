using Xunit;

namespace MonitorToken.Tests;

public sealed class ToolArgumentTests
{
    [Theory]
    [InlineData("https://monitoring.azure.com/")]
    [InlineData("https://monitoring.azure.com//.default")]
    [InlineData("api://2a0c8a1e-1c1a-4d44-9f3b-6f0c7c3f8d5e/Data.Read")]
    [InlineData("contoso.onmicrosoft.com")]
    [InlineData("Pay-As-You-Go (My Lab)")]
    public void Resources_tenants_and_subscriptions_may_stand_on_a_command_line(string value) =>
        Assert.True(ToolArgument.IsValue(value));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("-x")]
    [InlineData("--debug")]
    [InlineData("@/etc/passwd")]
    [InlineData("(x)")]
    [InlineData("a\n")]
    [InlineData("a\nb")]
    [InlineData("a\0")]
    [InlineData("a&b")]
    [InlineData("a|b")]
    [InlineData("a>b")]
    [InlineData("a<b")]
    [InlineData("a^b")]
    [InlineData("%PATH%")]
    [InlineData("a%20b")]
    [InlineData("a!b")]
    [InlineData("a\"b")]
    [InlineData("a'b")]
    [InlineData("a`b")]
    [InlineData("$(a)")]
    [InlineData("a;b")]
    [InlineData("a\\")]
    [InlineData("a*")]
    [InlineData("a?b")]
    [InlineData("a\u02BAb")]
    [InlineData("a\u00A0b")]
    [InlineData("a\u0130b")]
    public void Nothing_else_may(string value) => Assert.False(ToolArgument.IsValue(value));

    [Fact]
    public void Only_what_has_to_be_quoted_is() =>
        Assert.Equal(
            "--tenant contoso.com --subscription \"My Lab\" \"a=b\"",
            ToolArgument.Line(["--tenant", "contoso.com", "--subscription", "My Lab", "a=b"]));
}
