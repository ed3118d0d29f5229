using Xunit;

namespace MonitorToken.Tests;

public sealed class TokenRequestTests
{
    [Theory]
    [InlineData("https://api.loganalytics.io")]
    [InlineData("https://api.loganalytics.io/")]
    [InlineData("https://Monitor.Azure.com//")]
    [InlineData("https://example.org/a%20b?c=d")]
    public void An_address_is_passed_on_byte_for_byte(string address)
    {
        TokenRequest request = TokenRequest.ForResource(address, AzureEnvironment.AzureCloud);
        Assert.Equal(address, request.Resource);
        Assert.Equal([address + "/.default"], request.Scopes);
    }

    [Fact]
    public void The_slash_that_belongs_to_an_audience_stays_before_the_scope() =>
        Assert.Equal(
            ["https://monitor.azure.com//.default"],
            TokenRequest.ForResource("LogsIngestion", AzureEnvironment.AzureCloud).Scopes);

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("http://api.loganalytics.io")]
    [InlineData("/api/loganalytics")]
    [InlineData("api.loganalytics.io")]
    [InlineData("https://")]
    [InlineData("https://api.loganalytics.io /x")]
    [InlineData("file:///etc/passwd")]
    public void What_is_neither_a_name_nor_an_https_address_is_refused(string resource) =>
        Assert.Equal(
            TokenError.InvalidResource,
            Assert.Throws<TokenException>(() => TokenRequest.ForResource(resource, AzureEnvironment.AzureCloud)).Error);

    [Fact]
    public void A_private_cloud_knows_no_names() =>
        Assert.Contains(
            "-Environment",
            Assert.Throws<TokenException>(() => TokenRequest.ForResource("LogAnalytics", null)).RecommendedAction,
            StringComparison.Ordinal);

    [Fact]
    public void Scopes_are_passed_on_as_they_are()
    {
        TokenRequest request = TokenRequest.ForScopes(["https://api.loganalytics.io/Data.Read", "offline_access"]);
        Assert.Equal("https://api.loganalytics.io", request.Resource);
        Assert.Equal(["https://api.loganalytics.io/Data.Read", "offline_access"], request.Scopes);
    }

    [Fact]
    public void The_resource_of_scopes_is_that_of_the_first_that_has_one() =>
        Assert.Equal(
            "https://api.loganalytics.io",
            TokenRequest.ForScopes(["offline_access", "https://api.loganalytics.io/Data.Read"]).Resource);

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    public void A_scope_with_white_space_is_refused(string scope) =>
        Assert.Equal(
            TokenError.InvalidResource,
            Assert.Throws<TokenException>(() => TokenRequest.ForScopes([scope])).Error);
}
