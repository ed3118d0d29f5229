using Xunit;

namespace MonitorToken.Tests.EntraEmulator.Clients;

/// <summary>What a program has left when it ended.</summary>
internal sealed record ClientOutput(int ExitCode, string Text, string Error)
{
    /// <summary>What it has printed, if it has done its work.</summary>
    public string Good()
    {
        Assert.True(ExitCode == 0, Text + Error);
        return Text.Trim();
    }
}
