using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Framework;

/// <summary>
/// The half of the module that Windows PowerShell 5.1 loads, run by Mono: commands and engine against the emulator,
/// over what tests/System.Management.Automation has of PowerShell.
/// </summary>
public sealed class FrameworkTests(FrameworkRuns runs) : IClassFixture<FrameworkRuns>
{
    public static TheoryData<string, string> Cases { get; } =
        [.. from session in FrameworkSession.All
            from found in FrameworkCases.All
            where FrameworkCases.ClassesFor(session).Contains(found.Class)
            select (session.Name, $"{found.Class}.{found.Method}")];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Passes(string session, string name)
    {
        Assert.SkipWhen(MonoRuntime.Missing is not null, MonoRuntime.Missing ?? "");

        string result = await runs.ResultAsync(FrameworkSession.All.Single(one => one.Name == session), name);
        Assert.True(result.Length == 0, result);
    }

    [Fact]
    public void The_stand_in_for_PowerShell_has_all_that_the_commands_use()
    {
        const string PowerShell = "System.Management.Automation";
        var standIn = Surface.Of(Path.Combine(Path.GetDirectoryName(FrameworkCases.Program)!, PowerShell + ".dll"));
        string commands = Path.Combine(Repository.Module, "MonitorToken.PowerShell.dll");
        Assert.All(
            Surface.UsedBy(commands, PowerShell),
            member => Assert.True(standIn.Has(member), $"tests/{PowerShell} lacks {member}."));
    }
}
