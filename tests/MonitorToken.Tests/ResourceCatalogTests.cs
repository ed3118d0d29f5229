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
    [InlineData("OTLP", AzureCloud, "https://monitor.azure.com/")]
    [InlineData("RemoteWrite", AzureChinaCloud, "https://monitor.azure.cn/")]
    [InlineData("Grafana", AzureCloud, "ce34e7e5-485f-4d76-964f-b3d2b16d1e4f")]
    [InlineData("ManagedGrafana", AzureCloud, "ce34e7e5-485f-4d76-964f-b3d2b16d1e4f")]
    public void A_name_stands_for_one_audience_in_each_cloud(string name, AzureEnvironment environment, string audience)
        =>
        Assert.Equal(audience, ResourceCatalog.ByName(name, environment).Audience);

    [Theory]
    [InlineData("CustomMetrics", AzureUSGovernment)]
    [InlineData("CustomMetrics", AzureChinaCloud)]
    [InlineData("Grafana", AzureUSGovernment)]
    public void A_pair_without_a_known_audience_is_an_error_that_asks_for_it(string name, AzureEnvironment environment)
    {
        TokenException error = Assert.Throws<TokenException>(() => ResourceCatalog.ByName(name, environment));
        Assert.Equal(TokenError.InvalidResource, error.Error);
        Assert.Contains(
            $"No audience is known for {name} in {environment}",
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
    [InlineData("https://westeurope.api.loganalytics.io/v1", "LogAnalytics", AzureCloud)]
    [InlineData("https://api3.applicationinsights.io/v1/apps", "ApplicationInsights", AzureCloud)]
    [InlineData("https://api.applicationinsights.azure.com/v1/apps", "ApplicationInsights", AzureCloud)]
    [InlineData("https://westeurope.api.applicationinsights.azure.com/v1/apps", "ApplicationInsights", AzureCloud)]
    [InlineData("https://westeurope-5.in.applicationinsights.azure.com/v2.1/track", "LogsIngestion", AzureCloud)]
    [InlineData("https://usgov-1.in.applicationinsights.azure.us/v2.1/track", "LogsIngestion", AzureUSGovernment)]
    [InlineData("https://chinanorth3-0.in.applicationinsights.azure.cn/v2.1/track", "LogsIngestion", AzureChinaCloud)]
    [InlineData("https://dc.applicationinsights.azure.com/v2/track", "LogsIngestion", AzureCloud)]
    [InlineData("https://dc.services.visualstudio.com/v2/track", "LogsIngestion", AzureCloud)]
    [InlineData("https://dc.applicationinsights.us/v2/track", "LogsIngestion", AzureUSGovernment)]
    [InlineData("https://westus2.livediagnostics.monitor.azure.com/QuickPulse", "LogsIngestion", AzureCloud)]
    [InlineData("https://usgovvirginia.livediagnostics.monitor.azure.us/x", "LogsIngestion", AzureUSGovernment)]
    [InlineData("https://rt.services.visualstudio.com/QuickPulseService.svc", "LogsIngestion", AzureCloud)]
    [InlineData("https://contoso-a1b2.weu.grafana.azure.com/api/search", "Grafana", AzureCloud)]
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
    [InlineData("https://evil.api.loganalytics.us/v1")]
    [InlineData("https://api6.applicationinsights.io/v1")]
    [InlineData("https://evil.applicationinsights.azure.com/v1")]
    [InlineData("https://evilin.applicationinsights.azure.com/v1")]
    [InlineData("https://in.applicationinsights.azure.com.evil.example/v2/track")]
    [InlineData("https://evil.services.visualstudio.com/v2/track")]
    [InlineData("https://livediagnostics.monitor.azure.com.evil.example/x")]
    [InlineData("https://evil.monitor.azure.com/x")]
    [InlineData("https://evilgrafana.azure.com/api")]
    [InlineData("https://grafana.azure.com/api")]
    [InlineData("https://ce34e7e5-485f-4d76-964f-b3d2b16d1e4f/api")]
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

    [Theory]
    [InlineData("https://api.monitor.azure.com/v1/workspaces/x/query", "log query API", "api.loganalytics.azure.com")]
    [InlineData("https://westeurope.api.monitor.azure.com/v1", "log query API", "api.loganalytics.azure.com")]
    [InlineData("https://adx.monitor.azure.com/subscriptions/x", "Azure Data Explorer", "/v1/rest/auth/metadata")]
    [InlineData("https://ade.loganalytics.io/subscriptions/x", "Azure Data Explorer", "KustoServiceResourceId")]
    [InlineData("https://weu.adx.applicationinsights.azure.com/x", "Azure Data Explorer", "auth/metadata")]
    [InlineData("https://prod.la.ingest.monitor.core.windows.NET/x", "Logs Ingestion API", "ingest.monitor.azure.com")]
    public void A_listed_host_without_a_documented_audience_is_refused_with_what_is_known(
        string address, string known, string instead)
    {
        TokenException error = Assert.Throws<TokenException>(() => ResourceCatalog.ByEndpoint(new Uri(address)));
        Assert.Equal(TokenError.InvalidResource, error.Error);
        Assert.Contains(known, error.Message, StringComparison.Ordinal);
        Assert.Contains(instead, error.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://adx.monitor.azure.com.evil.example/x")]
    [InlineData("https://eviladx.monitor.azure.com/x")]
    public void What_looks_like_such_a_host_is_an_unknown_one(string address) =>
        Assert.Contains(
            "belongs to no known resource",
            Assert.Throws<TokenException>(() => ResourceCatalog.ByEndpoint(new Uri(address))).Message,
            StringComparison.Ordinal);
}
