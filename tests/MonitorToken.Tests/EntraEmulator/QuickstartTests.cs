using System.Diagnostics;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator;

public sealed class QuickstartTests
{
    private static readonly string[] Names =
        [
            "ResourceManager", "LogAnalytics", "CustomMetrics", "LogsIngestion", "MetricsBatch", "ApplicationInsights",
            "Prometheus", "Grafana",
        ];

    [Fact]
    public async Task The_library_does_the_job_where_there_is_no_PowerShell()
    {
        string text = await RunAsync(path: "");
        Assert.Contains("PowerShell was not found", text, StringComparison.Ordinal);
        AssertDone(text);
    }

    [Fact]
    public async Task The_commands_do_it_where_there_is_one()
    {
        if (PowerShellHost.FindOrFetch() is null)
            Assert.Skip("PowerShell was not found. " + PowerShellHost.HowToInstall);

        string text = await RunAsync(Environment.GetEnvironmentVariable("PATH"));
        Assert.Contains("Get-MonitorResource | Get-MonitorToken", text, StringComparison.Ordinal);
        AssertDone(text);
    }

    private static void AssertDone(string text)
    {
        foreach (string name in Names)
            Assert.Matches($@"(?m)^{name} +\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d +", text);

        Assert.Contains("ClientSecret", text, StringComparison.Ordinal);

        Assert.Matches("(?m)^.*web-01 +Direct Agent", text);
        Assert.DoesNotContain("eyJ", text, StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(string? path)
    {
        string program = Path.ChangeExtension(
            typeof(Emulator).Assembly.Location,
            OperatingSystem.IsWindows() ? ".exe" : null);
        var start = new ProcessStartInfo(program, ["quickstart"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = path;
        // The host that runs this program, which the SDK may have installed where no program looks by itself.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(
            Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, text + await error);
        return text;
    }
}
