using Xunit;
using static MonitorToken.AzureEnvironment;

namespace MonitorToken.Tests;

public sealed class ResourceCatalogTests
{
    [Theory]
    [InlineData("ResourceManager", AzureCloud, "https://management.azure.com")]
    [InlineData("ARM", AzureCloud, "https://management.azure.com")]
    [InlineData("management", AzureUSGovernment, "https://management.usgovcloudapi.net")]
    [InlineData("ResourceManager", AzureChinaCloud, "https://management.chinacloudapi.cn")]
    [InlineData("loganalytics", AzureCloud, "https://api.loganalytics.io")]
    [InlineData("Logs", AzureUSGovernment, "https://api.loganalytics.us")]
    [InlineData("LogAnalytics", AzureChinaCloud, "https://api.loganalytics.azure.cn")]
    [InlineData("CustomMetrics", AzureCloud, "https://monitoring.azure.com/")]
    [InlineData("Monitoring", AzureCloud, "https://monitoring.azure.com/")]
    [InlineData("LogsIngestion", AzureCloud, "https://monitor.azure.com/")]
    [InlineData("Ingestion", AzureUSGovernment, "https://monitor.azure.us/")]
    [InlineData("LogsIngestion", AzureChinaCloud, "https://monitor.azure.cn/")]
    [InlineData("MetricsBatch", AzureCloud, "https://metrics.monitor.azure.com")]
    [InlineData("MetricsBatch", AzureUSGovernment, "https://metrics.monitor.azure.us")]
    [InlineData("MetricsBatch", AzureChinaCloud, "https://metrics.monitor.azure.cn")]
    [InlineData("ApplicationInsights", AzureCloud, "https://api.applicationinsights.io")]
    [InlineData("AppInsights", AzureUSGovernment, "https://api.applicationinsights.us")]
    [InlineData("ApplicationInsights", AzureChinaCloud, "https://api.applicationinsights.azure.cn")]
    [InlineData("Prometheus", AzureCloud, "https://prometheus.monitor.azure.com")]
    [InlineData("Prometheus", AzureUSGovernment, "https://prometheus.monitor.azure.us")]
    [InlineData("Prometheus", AzureChinaCloud, "https://prometheus.monitor.azure.cn")]
    public void A_name_stands_for_one_audience_in_each_cloud(string name, AzureEnvironment environment, string audience)
        =>
        Assert.Equal(audience, ResourceCatalog.ByName(name, environment).Audience);

    [Theory]
    [InlineData(AzureUSGovernment)]
    [InlineData(AzureChinaCloud)]
    public void A_pair_without_a_known_audience_is_an_error_that_asks_for_it(AzureEnvironment environment)
    {
        TokenException error = Assert.Throws<TokenException>(
            () => ResourceCatalog.ByName("CustomMetrics", environment));
        Assert.Equal(TokenError.InvalidResource, error.Error);
        Assert.Contains(
            "No audience is known for CustomMetrics in " + environment,
            error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LogAnalytic", "LogAnalytics")]
    [InlineData("loganalitics", "LogAnalytics")]
    [InlineData("Promethues", "Prometheus")]
    [InlineData("Armm", "ARM")]
    public void A_near_miss_gets_a_suggestion(string name, string suggestion) =>
        Assert.Contains(
            $"Did you mean '{suggestion}'?",
            Assert.Throws<TokenException>(() => ResourceCatalog.ByName(name, AzureCloud)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("Metrics", "'CustomMetrics' or 'MetricsBatch'")]
    [InlineData("insights", "'OperationalInsights' or 'ApplicationInsights'")]
    [InlineData("Monitor", "'Monitoring'")]
    public void A_word_of_a_name_gets_the_names_that_have_it(string word, string suggestion) =>
        Assert.Contains(
            $"Did you mean {suggestion}?",
            Assert.Throws<TokenException>(() => ResourceCatalog.ByName(word, AzureCloud)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void What_is_near_to_nothing_gets_the_list()
    {
        TokenException error = Assert.Throws<TokenException>(() => ResourceCatalog.ByName("KeyVault", AzureCloud));
        Assert.DoesNotContain("Did you mean", error.Message, StringComparison.Ordinal);
        Assert.Contains("LogAnalytics, CustomMetrics", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://api.loganalytics.io/v1/workspaces/x/query", "LogAnalytics", AzureCloud)]
    [InlineData("https://api.loganalytics.azure.com/v1/workspaces/x/query", "LogAnalytics", AzureCloud)]
    [InlineData("https://API.LogAnalytics.US/v1", "LogAnalytics", AzureUSGovernment)]
    [InlineData("https://management.chinacloudapi.cn/subscriptions", "ResourceManager", AzureChinaCloud)]
    [InlineData("https://westeurope.monitoring.azure.com/subscriptions/x", "CustomMetrics", AzureCloud)]
    [InlineData(
        "https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/x",
        "LogsIngestion",
        AzureCloud)]
    [InlineData(
        "https://amw.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/x",
        "LogsIngestion",
        AzureCloud)]
    [InlineData("https://dce.usgovvirginia-1.ingest.monitor.azure.us/x", "LogsIngestion", AzureUSGovernment)]
    [InlineData("https://westeurope.metrics.monitor.azure.com/x", "MetricsBatch", AzureCloud)]
    [InlineData("https://amw.westeurope.prometheus.monitor.azure.com/api/v1/query", "Prometheus", AzureCloud)]
    [InlineData("https://api.applicationinsights.io/v1/apps", "ApplicationInsights", AzureCloud)]
    [InlineData("https://monitor.azure.cn/x", "LogsIngestion", AzureChinaCloud)]
    public void The_host_of_an_address_tells_resource_and_cloud(
        string address,
        string name,
        AzureEnvironment environment)
    {
        MonitorResource resource = ResourceCatalog.ByEndpoint(new Uri(address));
        Assert.Equal((name, environment), (resource.Name, resource.Environment));
    }

    [Theory]
    [InlineData("https://api.loganalytics.io.evil.example/v1")]
    [InlineData("https://evilapi.loganalytics.io/v1")]
    [InlineData("https://evil.api.loganalytics.io/v1")]
    [InlineData("https://evilmonitoring.azure.com/x")]
    [InlineData("https://api.loganalytics.io@evil.example/v1")]
    [InlineData("https://evil.example/api.loganalytics.io")]
    [InlineData("https://api.loganalytics.io./v1")]
    [InlineData("https://monitoring.azure.us/x")]
    [InlineData("https://арi.loganalytics.io/v1")]
    [InlineData("http://api.loganalytics.io/v1")]
    public void A_look_alike_is_refused(string address) =>
        Assert.Equal(
            TokenError.InvalidResource,
            Assert.Throws<TokenException>(
                () => ResourceCatalog.ByEndpoint(new Uri(address, UriKind.RelativeOrAbsolute))).Error);
}
