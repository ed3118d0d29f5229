using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>Whoever is signed in to Visual Studio, which is to be had on Windows alone.</summary>
public sealed class VisualStudioTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public async Task Elsewhere_than_on_Windows_it_says_so_and_asks_nobody()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Visual Studio may be there.");
        TokenException error = await FailAsync(Options("VisualStudio"));
        Assert.Equal((TokenError.CredentialUnavailable, "VisualStudio"), (error.Error, error.CredentialName));
        Assert.Contains("on Windows only", error.Message, StringComparison.Ordinal);
        Assert.Empty(Requests);
    }
}
