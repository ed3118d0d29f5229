using MonitorToken.Engine.Tokens;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>What people give for a resource, and what it leads to.</summary>
public sealed class NameTests
{
    [Theory]
    [InlineData("CustomMetrics")]
    [InlineData("Monitoring")]
    public void Custom_metrics_are_asked_for_with_the_slash_that_their_service_needs(string name)
    {
        TokenRequest request = TokenRequest.ForResource(name, AzureEnvironment.AzureCloud);
        Assert.Equal("https://monitoring.azure.com/", request.Resource);
        Assert.Equal(["https://monitoring.azure.com//.default"], request.Scopes);
        var endpoint = new Uri("https://westeurope.monitoring.azure.com/subscriptions/x/metrics");
        Assert.Equal(request.Resource, TokenRequest.ForEndpoint(endpoint).Resource);
    }

    [Fact]
    public void The_same_address_without_its_slash_stays_as_it_is_given() =>
        Assert.Equal(
            ["https://monitoring.azure.com/.default"],
            TokenRequest.ForResource("https://monitoring.azure.com", AzureEnvironment.AzureCloud).Scopes);

    [Theory]
    [InlineData("https://api.loganalytics.io/.default", "https://api.loganalytics.io")]
    [InlineData("https://monitoring.azure.com//.default", "https://monitoring.azure.com/")]
    [InlineData("https://api.loganalytics.io/.DEFAULT", "https://api.loganalytics.io")]
    public void A_scope_is_refused_with_the_audience_that_it_holds(string scope, string audience)
    {
        TokenException error = Refused(scope);
        Assert.Contains("-Scope", error.RecommendedAction, StringComparison.Ordinal);
        Assert.EndsWith(" " + audience, error.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ca7f3f0b-7d91-482c-8e09-c5d840d0eac5")]
    [InlineData("api://ca7f3f0b-7d91-482c-8e09-c5d840d0eac5")]
    [InlineData("API://contoso/monitor")]
    public void The_id_of_an_application_is_an_audience(string id)
    {
        var request = TokenRequest.ForResource(id, AzureEnvironment.AzureCloud);
        Assert.Equal(id, request.Resource);
        Assert.Equal([id + "/.default"], request.Scopes);
    }

    [Theory]
    [InlineData("api://")]
    [InlineData("api://contoso monitor")]
    [InlineData("{CA7F3F0B-7D91-482C-8E09-C5D840D0EAC5}")]
    public void What_only_resembles_one_is_refused(string id) => Refused(id);

    [Theory]
    [InlineData("{}", true)]
    [InlineData(" {\"access_token\":{\"nbf\":{\"essential\":true}}} ", true)]
    [InlineData("", false)]
    [InlineData("x", false)]
    [InlineData("[]", false)]
    [InlineData("\"{}\"", false)]
    [InlineData("null", false)]
    [InlineData("{", false)]
    [InlineData("{} {}", false)]
    [InlineData("eyJhY2Nlc3NfdG9rZW4iOnt9fQ==", false)]
    public void Claims_are_a_JSON_object(string claims, bool isRight) =>
        Assert.Equal(isRight, JsonClaims.AreValid(claims));

    private static TokenException Refused(string resource)
    {
        TokenException error = Assert.Throws<TokenException>(
            () => TokenRequest.ForResource(resource, AzureEnvironment.AzureCloud));
        Assert.Equal(TokenError.InvalidResource, error.Error);
        Assert.Contains($"'{resource}'", error.Message, StringComparison.Ordinal);
        return error;
    }
}
