using Xunit;
using static MonitorToken.AzureEnvironment;

namespace MonitorToken.Tests;

public sealed class ResourceCatalogTests
{
    [Theory]
    [InlineData("ResourceManager", nameof(AzureCloud), "https://management.azure.com")]
    [InlineData("ARM", nameof(AzureCloud), "https://management.azure.com")]
    [InlineData("management", nameof(AzureUSGovernment), "https://management.usgovcloudapi.net")]
    [InlineData("ResourceManager", nameof(AzureChinaCloud), "https://management.chinacloudapi.cn")]
    [InlineData("loganalytics", nameof(AzureCloud), "https://api.loganalytics.io")]
    [InlineData("Logs", nameof(AzureUSGovernment), "https://api.loganalytics.us")]
    [InlineData("LogAnalytics", nameof(AzureChinaCloud), "https://api.loganalytics.azure.cn")]
    [InlineData("CustomMetrics", nameof(AzureCloud), "https://monitoring.azure.com/")]
    [InlineData("Monitoring", nameof(AzureCloud), "https://monitoring.azure.com/")]
    [InlineData("LogsIngestion", nameof(AzureCloud), "https://monitor.azure.com/")]
    [InlineData("Ingestion", nameof(AzureUSGovernment), "https://monitor.azure.us/")]
    [InlineData("LogsIngestion", nameof(AzureChinaCloud), "https://monitor.azure.cn/")]
    [InlineData("MetricsBatch", nameof(AzureCloud), "https://metrics.monitor.azure.com")]
    [InlineData("MetricsBatch", nameof(AzureUSGovernment), "https://metrics.monitor.azure.us")]
    [InlineData("MetricsBatch", nameof(AzureChinaCloud), "https://metrics.monitor.azure.cn")]
    [InlineData("ApplicationInsights", nameof(AzureCloud), "https://api.applicationinsights.io")]
    [InlineData("AppInsights", nameof(AzureUSGovernment), "https://api.applicationinsights.us")]
    [InlineData("ApplicationInsights", nameof(AzureChinaCloud), "https://api.applicationinsights.azure.cn")]
    [InlineData("Prometheus", nameof(AzureCloud), "https://prometheus.monitor.azure.com")]
    [InlineData("Prometheus", nameof(AzureUSGovernment), "https://prometheus.monitor.azure.us")]
    [InlineData("Prometheus", nameof(AzureChinaCloud), "https://prometheus.monitor.azure.cn")]
    [InlineData("OTLP", nameof(AzureCloud), "https://monitor.azure.com/")]
    [InlineData("RemoteWrite", nameof(AzureChinaCloud), "https://monitor.azure.cn/")]
    [InlineData("ResourceManager", "AzureBleuCloud", "https://management.sovcloud-api.fr")]
    [InlineData("LogsIngestion", "AzureBleuCloud", "https://monitor.sovcloud-api.fr/")]
    [InlineData("ResourceManager", "AzureGermanyCloud", "https://management.sovcloud-api.de")]
    [InlineData("LogsIngestion", "AzureGermanyCloud", "https://monitor.sovcloud-api.de/")]
    [InlineData("ResourceManager", "USNat", "https://management.azure.eaglex.ic.gov")]
    [InlineData("LogAnalytics", "USNat", "https://api.loganalytics.azure.eaglex.ic.gov")]
    [InlineData("LogsIngestion", "usnat", "https://monitor.azure.eaglex.ic.gov/")]
    [InlineData("ResourceManager", "USSec", "https://management.azure.microsoft.scloud")]
    [InlineData("LogsIngestion", "USSec", "https://monitor.azure.microsoft.scloud/")]
    [InlineData("Grafana", nameof(AzureCloud), "ce34e7e5-485f-4d76-964f-b3d2b16d1e4f")]
    [InlineData("ManagedGrafana", nameof(AzureCloud), "ce34e7e5-485f-4d76-964f-b3d2b16d1e4f")]
    public void A_name_stands_for_one_audience_in_each_cloud(string name, string environment, string audience) =>
        Assert.Equal(audience, ResourceCatalog.ByName(name, AzureEnvironment.Parse(environment)).Audience);

    [Theory]
    [InlineData("CustomMetrics", nameof(AzureUSGovernment))]
    [InlineData("CustomMetrics", nameof(AzureChinaCloud))]
    [InlineData("Grafana", nameof(AzureUSGovernment))]
    [InlineData("ResourceManager", "GovSGCloud")]
    [InlineData("LogAnalytics", "AzureBleuCloud")]
    public void A_pair_without_a_known_audience_is_an_error_that_asks_for_it(string name, string environment)
    {
        TokenException error = Assert.Throws<TokenException>(
            () => ResourceCatalog.ByName(name, AzureEnvironment.Parse(environment)));
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
    [InlineData("https://api.loganalytics.io/v1/workspaces/x/query", "LogAnalytics", nameof(AzureCloud))]
    [InlineData("https://api.loganalytics.azure.com/v1/workspaces/x/query", "LogAnalytics", nameof(AzureCloud))]
    [InlineData("https://API.LogAnalytics.US/v1", "LogAnalytics", nameof(AzureUSGovernment))]
    [InlineData("https://management.chinacloudapi.cn/subscriptions", "ResourceManager", nameof(AzureChinaCloud))]
    [InlineData("https://westeurope.monitoring.azure.com/subscriptions/x", "CustomMetrics", nameof(AzureCloud))]
    [InlineData(
        "https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/x",
        "LogsIngestion",
        nameof(AzureCloud))]
    [InlineData(
        "https://amw.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/x",
        "LogsIngestion",
        nameof(AzureCloud))]
    [InlineData("https://dce.usgovvirginia-1.ingest.monitor.azure.us/x", "LogsIngestion", nameof(AzureUSGovernment))]
    [InlineData("https://westeurope.metrics.monitor.azure.com/x", "MetricsBatch", nameof(AzureCloud))]
    [InlineData("https://amw.westeurope.prometheus.monitor.azure.com/api/v1/query", "Prometheus", nameof(AzureCloud))]
    [InlineData("https://api.applicationinsights.io/v1/apps", "ApplicationInsights", nameof(AzureCloud))]
    [InlineData("https://monitor.azure.cn/x", "LogsIngestion", nameof(AzureChinaCloud))]
    [InlineData("https://westeurope.api.loganalytics.io/v1", "LogAnalytics", nameof(AzureCloud))]
    [InlineData("https://api3.applicationinsights.io/v1/apps", "ApplicationInsights", nameof(AzureCloud))]
    [InlineData("https://api.applicationinsights.azure.com/v1/apps", "ApplicationInsights", nameof(AzureCloud))]
    [InlineData(
        "https://westeurope.api.applicationinsights.azure.com/v1/apps",
        "ApplicationInsights",
        nameof(AzureCloud))]
    [InlineData(
        "https://westeurope-5.in.applicationinsights.azure.com/v2.1/track",
        "LogsIngestion",
        nameof(AzureCloud))]
    [InlineData(
        "https://usgov-1.in.applicationinsights.azure.us/v2.1/track",
        "LogsIngestion",
        nameof(AzureUSGovernment))]
    [InlineData(
        "https://chinanorth3-0.in.applicationinsights.azure.cn/v2.1/track",
        "LogsIngestion",
        nameof(AzureChinaCloud))]
    [InlineData("https://dc.applicationinsights.azure.com/v2/track", "LogsIngestion", nameof(AzureCloud))]
    [InlineData("https://dc.services.visualstudio.com/v2/track", "LogsIngestion", nameof(AzureCloud))]
    [InlineData("https://dc.applicationinsights.us/v2/track", "LogsIngestion", nameof(AzureUSGovernment))]
    [InlineData("https://westus2.livediagnostics.monitor.azure.com/QuickPulse", "LogsIngestion", nameof(AzureCloud))]
    [InlineData("https://usgovvirginia.livediagnostics.monitor.azure.us/x", "LogsIngestion", nameof(AzureUSGovernment))]
    [InlineData("https://rt.services.visualstudio.com/QuickPulseService.svc", "LogsIngestion", nameof(AzureCloud))]
    [InlineData("https://contoso-a1b2.weu.grafana.azure.com/api/search", "Grafana", nameof(AzureCloud))]
    public void The_host_of_an_address_tells_resource_and_cloud(
        string address,
        string name,
        string environment)
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
            "doesn't belong to a known resource",
            Assert.Throws<TokenException>(() => ResourceCatalog.ByEndpoint(new Uri(address))).Message,
            StringComparison.Ordinal);
}
