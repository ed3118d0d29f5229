using MonitorToken.Engine.Tools;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Tools;

public sealed class RealAzureCliTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task Its_token_and_its_local_time_are_read_in_another_language_and_zone()
    {
        string? program = ToolPath.Find("az");
        Assert.SkipWhen(program is null, "There is no az on PATH.");
        Set("AZURE_CONFIG_DIR", Folder);
        using (Culture.Use("ar-SA"))
        using (TimeZone.Use("Asia/Kathmandu"))
        {
            await RunAsync(new ToolCommand(program, [
                "login", "--service-principal", "--username", App.ClientId, "--password", App.Secret,
                "--tenant", Emulator.Directory.Tenant.Id.ToString(), "--output", "none"]));
            ToolOutput output = await RunAsync(AzureCliCommand.For(For("LogAnalytics"), null, null)!);
            ToolAnswer? answer = ToolAnswer.TryRead(output.StandardOutput);
            Assert.NotNull(answer);
            TimeSpan left = answer.ExpiresOn - DateTimeOffset.UtcNow;
            Assert.InRange(left, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(61));
        }
    }

    private static async Task<ToolOutput> RunAsync(ToolCommand command)
    {
        ToolOutput output = await ToolProcess.RunAsync(command, Stop);
        Assert.True(output.ExitCode == 0, output.StandardError);
        return output;
    }
}
