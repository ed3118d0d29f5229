using System.Diagnostics;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator.Clients;

/// <summary>The real az.</summary>
public sealed class AzureCliTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private const string Machine = "/resourceGroups/emulated/providers/Microsoft.Compute/virtualMachines/web-01";

    [Fact]
    public async Task It_logs_in_as_the_machine_and_reads_metrics()
    {
        await AzAsync("login", "--identity");
        RecordedRequest asked = Assert.Single(
            Requests, request => request.Path.StartsWith("/metadata/identity", StringComparison.Ordinal));
        Assert.Equal(("169.254.169.254", true), (asked.Host, asked.ThroughProxy));

        Assert.Equal("westeurope\nwestus2", await AzAsync("account", "list-locations", "--query", "[].name"));
        Assert.Equal("emulated", await AzAsync("group", "list", "--query", "[].name"));
        string resource = $"/subscriptions/{Emulator.Directory.SubscriptionId}{Machine}";
        Assert.Equal(
            "Percentage CPU",
            await AzAsync("monitor", "metrics", "list", "--resource", resource, "--query", "value[].name.value"));
    }

    [Fact] // azure-cli #28708
    public async Task It_presents_its_federated_token_for_one_resource_after_the_other()
    {
        OidcIssuer issuer = Emulator.Issuers.Kubernetes;
        App.AddFederatedCredential(issuer.Url, issuer.Subject);
        await AzAsync(
            "login", "--service-principal", "--username", App.ClientId, "--federated-token", issuer.Issue(),
            "--tenant", $"{Emulator.Directory.Tenant.Id}");
        foreach (string resource in new[] { LogAnalytics, "https://monitor.azure.com" })
        {
            Assert.Equal(
                "Bearer",
                await AzAsync("account", "get-access-token", "--resource", resource, "--query", "tokenType"));
        }

        string[] assertions = [.. Requests.Where(request => request.Form.ContainsKey("client_assertion"))
            .Select(request => request.Form["client_assertion"])];
        // For Resource Manager, to log in, and for these two.
        Assert.True(assertions.Length >= 3, string.Join('\n', Requests.Select(request => request.Target)));
        Assert.Single(assertions.Distinct());
    }

    private async Task<string> AzAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            ClientProgram.Require("az"), [.. arguments, "--only-show-errors", "--output", "tsv"]);
        return (await ClientProgram.RunAsync(Emulator, start, Folder)).Good().ReplaceLineEndings("\n");
    }
}
