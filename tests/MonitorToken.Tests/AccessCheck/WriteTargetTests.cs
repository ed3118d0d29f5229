using MonitorToken.Engine.AccessCheck;
using Xunit;

namespace MonitorToken.Tests.AccessCheck;

/// <summary>What an address says that it writes to, and what may come out of one that was made to deceive.</summary>
public sealed class WriteTargetTests
{
    private const string Rule = "dcr-0123456789abcdef0123456789abcdef";
    private const string Subscription = "/subscriptions/11111111-2222-3333-4444-555555555555";
    private const string Group = Subscription + "/resourceGroups/g";
    private const string Site = Subscription + "/resourceGroups/my-rg.1_(a)/providers/Microsoft.Web/sites/web 1";

    [Theory]
    [InlineData($"https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/{Rule}/streams/Custom-A")]
    [InlineData($"https://rule-1.westeurope-1.ingest.monitor.azure.us/DATACOLLECTIONRULES/{Rule}/Streams/Custom-A?x=1")]
    [InlineData(
        $"https://w.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/{Rule}"
            + "/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24")]
    [InlineData(
        $"https://d.westeurope-1.ingest.monitor.azure.cn/dataCollectionRules/{Rule}"
            + "/streams/Microsoft-OTLP-Traces/otlp/v1/traces")]
    public void A_stream_leads_to_its_rule(string address)
    {
        WriteTarget target = Assert.IsType<WriteTarget>(Parse(address));
        Assert.Equal(
            (Rule, null, "Microsoft.Insights/Telemetry/Write"),
            (target.ImmutableId, target.ResourceId, target.DataAction));
    }

    [Theory]
    [InlineData(Site)]
    [InlineData(Subscription + "/resourceGroups/g/providers/Microsoft.Sql/servers/s/databases/d")]
    public void Custom_metrics_lead_to_their_resource(string resource)
    {
        string path = Uri.EscapeDataString(resource).Replace("%2F", "/", StringComparison.Ordinal);
        WriteTarget target = Assert.IsType<WriteTarget>(
            Parse($"https://westeurope.monitoring.azure.com{path}/metrics"));
        Assert.Equal(
            (resource, null, "Microsoft.Insights/Metrics/Write"),
            (target.ResourceId, target.ImmutableId, target.DataAction));
    }

    [Theory]
    [InlineData("https://d.w.ingest.monitor.azure.com/dataCollectionRules/dcr-1/streams/Custom-A")]
    [InlineData($"https://d.w.ingest.monitor.azure.com/dataCollectionRules/{Rule}/streams/")]
    [InlineData($"https://d.w.ingest.monitor.azure.com/dataCollectionRules/{Rule}")]
    [InlineData($"https://d.w.ingest.monitor.azure.com/x/dataCollectionRules/{Rule}/streams/A")]
    [InlineData($"https://d.w.ingest.monitor.azure.com/dataCollectionRules/{Rule}'%20or%20'1'%20==%20'1/streams/A")]
    [InlineData($"https://d.w.ingest.monitor.azure.com/dataCollectionRules/{Rule}%27%20%7C%20union%20x/streams/A")]
    [InlineData($"https://d.w.ingest.monitor.azure.com/dataCollectionRules/{Rule}%0A/streams/A")]
    [InlineData($"https://d.w.ingest.monitor.azure.com/dataCollectionRules/{Rule}ff/streams/A")]
    [InlineData("https://d.w.ingest.monitor.azure.com/v2.1/track")]
    [InlineData("https://w.monitoring.azure.com/metrics")]
    [InlineData("https://w.monitoring.azure.com/subscriptions/0/resourceGroups/g/providers/M.W/sites/s/metrics")]
    [InlineData($"https://w.monitoring.azure.com{Subscription}/metrics")]
    [InlineData($"https://w.monitoring.azure.com{Subscription}/resourceGroups/g/metrics")]
    [InlineData($"https://w.monitoring.azure.com{Group}/providers/M.W/sites/s")]
    [InlineData($"https://w.monitoring.azure.com{Group}/providers/M.W/sites/metrics")]
    [InlineData($"https://w.monitoring.azure.com{Group}/providers/M.W/sites/a';%20rm%20x/metrics")]
    [InlineData($"https://w.monitoring.azure.com{Group}/providers/M.W/sites/a%E2%80%99b/metrics")]
    [InlineData($"https://w.monitoring.azure.com{Group}/providers/M.W/sites/$(x)/metrics")]
    [InlineData($"https://w.monitoring.azure.com{Group}/providers/M.W/sites/a%3Fb=c/metrics")]
    [InlineData($"https://w.monitoring.azure.com{Group}/providers/M.W/sites/a%23b/metrics")]
    [InlineData($"https://w.monitoring.azure.com{Group}/providers/M.W/sites/..%2F..%2Fx/metrics")]
    [InlineData($"https://w.monitoring.azure.com{Group}/providers/M.W/sites/%0Aa/metrics")]
    [InlineData($"https://api.loganalytics.io/dataCollectionRules/{Rule}/streams/Custom-A")]
    [InlineData($"https://management.azure.com{Subscription}/resourceGroups/g/providers/M.W/sites/s/metrics")]
    public void What_is_not_in_the_documented_form_leads_nowhere(string address) => Assert.Null(Parse(address));

    [Fact]
    public void A_path_without_end_leads_nowhere()
    {
        string children = string.Concat(Enumerable.Repeat("/a", 2000));
        Assert.Null(Parse($"https://w.monitoring.azure.com{Site}{children}/metrics"));
    }

    [Theory]
    [InlineData(Subscription + "/resourceGroups/g/providers/Microsoft.Insights/dataCollectionRules/r", true)]
    [InlineData("/resourceGroups/g/providers/Microsoft.Insights/dataCollectionRules/r", false)]
    [InlineData(Subscription + "/resourceGroups/g/providers/Microsoft.Insights/dataCollectionRules/r'; x", false)]
    [InlineData("https://evil.example/", false)]
    [InlineData(null, false)]
    public void A_resource_id_is_told_from_other_text(string? text, bool isId) =>
        Assert.Equal(isId, WriteTarget.IsResourceId(text));

    [Theory]
    [InlineData("/providers/Microsoft.Authorization/roleDefinitions/" + WriteTarget.RoleId, true)]
    [InlineData(Subscription + "/providers/Microsoft.Authorization/roleDefinitions/" + WriteTarget.RoleId, true)]
    [InlineData(
        "/providers/Microsoft.Management/managementGroups/g/providers/Microsoft.Authorization/roleDefinitions/"
            + WriteTarget.RoleId,
        true)]
    [InlineData("/providers/Microsoft.Authorization/roleDefinitions/x", false)]
    [InlineData("//evil.example/providers/Microsoft.Authorization/roleDefinitions/" + WriteTarget.RoleId, false)]
    public void A_role_definition_is_told_from_other_text(string text, bool isId) =>
        Assert.Equal(isId, WriteTarget.IsRoleDefinitionId(text));

    private static WriteTarget? Parse(string address)
    {
        var endpoint = new Uri(address);
        return WriteTarget.TryParse(endpoint, ResourceCatalog.ByEndpoint(endpoint));
    }
}
