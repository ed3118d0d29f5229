using Xunit;

namespace MonitorToken.Tests;

/// <summary>What the tools of developers have in common.</summary>
public sealed class ToolCredentialTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Theory]
    [InlineData("AzureDeveloperCli")]
    [InlineData("AzurePowerShell")]
    [InlineData("VisualStudio")]
    public async Task A_tool_that_is_not_there_is_unavailable_and_says_so(string name)
    {
        Set("PATH", "");
        Set("PSModulePath", "");
        TokenException error = await FailAsync(Options(name));
        Assert.Equal((TokenError.CredentialUnavailable, name), (error.Error, error.CredentialName));
        Assert.NotEmpty(error.RecommendedAction);
    }
}
