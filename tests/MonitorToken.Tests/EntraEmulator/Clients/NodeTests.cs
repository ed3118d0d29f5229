using System.Diagnostics;
using System.Text.Json.Nodes;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator.Clients;

/// <summary>Microsoft's packages for Node.js, in the versions that package.json beside this pins.</summary>
public sealed class NodeTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    // Once in a process, whether or not it can be done.
    private static readonly Lazy<Task<string?>> Fetched = new(FetchAsync);

    private static readonly string Source = Path.Combine(
        Repository.Folder, "tests", "MonitorToken.Tests", "EntraEmulator", "Clients");

    private static readonly string Target = Path.Combine(Repository.Folder, "out", "clients", "node");

    [Fact]
    public async Task They_query_send_and_sign_in()
    {
        string node = ClientProgram.Require("node");
        ClientProgram.Require("npm");
        Assert.SkipWhen(await Fetched.Value is { }, $"npm could not fetch the packages: {await Fetched.Value}");

        var start = new ProcessStartInfo(node, ["client.mjs"]) { WorkingDirectory = Target };
        string text = (await ClientProgram.RunAsync(Emulator, start, Folder)).Good();
        var steps = text.Split('\n').Select(line => JsonNode.Parse(line)!)
            .ToDictionary(step => (string)step["name"]!, step => (step["value"] ?? step["error"])!.ToJsonString());

        Assert.Equal("""[3,["query"],"barchart"]""", steps["workspace"]);
        Assert.Equal("3", steps["resource"]);
        Assert.Equal("""["Success","PartialFailure"]""", steps["batch"]);
        Assert.Contains("BadArgumentError", steps["invalid"], StringComparison.Ordinal);
        Assert.Equal("\"taken\"", steps["ingestion"]);
        Assert.Equal("\"Percentage CPU\"", steps["metrics"]);
        // The package's default is not what the service takes: see MetricsBatchEndpoints.
        Assert.Contains("another audience", steps["metrics by default"], StringComparison.Ordinal);
        Assert.Equal(("3", "3"), (steps["default"], steps["pipelines"]));

        RecordedRequest[] identity =
            [.. Requests.Where(request => request.Path.StartsWith("/metadata/identity", StringComparison.Ordinal))];
        Assert.NotEmpty(identity);
        Assert.All(identity, request => Assert.Equal(("169.254.169.254", true), (request.Host, request.ThroughProxy)));
    }

    /// <summary>Puts the packages where they are built to; null if they are there then, else what npm said.</summary>
    private static async Task<string?> FetchAsync()
    {
        Directory.CreateDirectory(Target);
        string lockFile = Path.Combine(Target, "package-lock.json");
        string done = Path.Combine(Target, "node_modules", ".package-lock.json");
        bool isFresh = File.Exists(done)
            && await File.ReadAllTextAsync(lockFile) == await File.ReadAllTextAsync(
                Path.Combine(Source, "package-lock.json"));
        foreach (string name in new[] { "client.mjs", "package.json", "package-lock.json" })
            File.Copy(Path.Combine(Source, name), Path.Combine(Target, name), overwrite: true);
        if (isFresh)
            return null;

        string[] arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"];
        try
        {
            ClientOutput output = await ClientProgram.RunOutsideAsync(
                new ProcessStartInfo(ClientProgram.Require("npm"), arguments) { WorkingDirectory = Target });
            return output.ExitCode == 0 ? null : output.Error.Trim().Split('\n')[0];
        }
        catch (OperationCanceledException) when (!Stop.IsCancellationRequested)
        {
            return "it takes too long.";
        }
    }
}
