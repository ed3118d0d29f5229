using System.Diagnostics;
using System.Text.Json.Nodes;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator.Clients;

/// <summary>The page's first method, to the letter, and what is done with its token.</summary>
public sealed class CurlTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task The_documented_request_gets_a_token_that_the_service_takes()
    {
        JsonNode token = await CurlAsync(
            "--request", "POST",
            "--header", "Content-Type: application/x-www-form-urlencoded",
            "--data-urlencode", "grant_type=client_credentials",
            "--data-urlencode", $"client_id={App.ClientId}",
            "--data-urlencode", $"client_secret={App.Secret}",
            "--data-urlencode", $"resource={LogAnalytics}",
            $"https://login.microsoftonline.com/{Emulator.Directory.Tenant.Id}/oauth2/token");
        Assert.Equal(LogAnalytics, (string?)token["resource"]);

        JsonNode answer = await CurlAsync(
            "--header", $"Authorization: Bearer {(string?)token["access_token"]}",
            LogAnalytics + "/v1/workspaces/w/query?query=Heartbeat");
        Assert.Equal(3, answer["tables"]![0]!["rows"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_metadata_service_is_found_at_its_own_address()
    {
        JsonNode token = await CurlAsync(
            "--header", "Metadata: true",
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=" + LogAnalytics);
        Assert.Equal($"{Emulator.Directory.SystemIdentity.ClientId}", (string?)token["client_id"]);
        Assert.Equal((Listener.Http, true), (Requests[^1].Listener, Requests[^1].ThroughProxy));
    }

    private async Task<JsonNode> CurlAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(ClientProgram.Require("curl"), ["--silent", "--show-error", .. arguments]);
        return JsonNode.Parse((await ClientProgram.RunAsync(Emulator, start, Folder)).Good())!;
    }
}
