using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Http;

/// <summary>What is meant for this machine alone never leaves it by a proxy.</summary>
public sealed class ProxyTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    [Fact]
    public Task No_request_for_a_managed_identity_passes_through_a_proxy() =>
        OwnProcess.RunAsync($"{typeof(ProxyTests).FullName}.{nameof(In_a_process_whose_proxy_has_no_exceptions)}");

    /// <summary>A process reads its proxy once.</summary>
    [Fact(Explicit = true)]
    public async Task In_a_process_whose_proxy_has_no_exceptions()
    {
        Set("NO_PROXY", null);
        Set("no_proxy", null);
        // That the proxy would be asked for these very addresses is what makes the rest mean anything.
        using (var http = new HttpClient())
        using (HttpResponseMessage answer = await http.GetAsync(new Uri(Emulator.HttpAddress, "metadata/x"), Stop))
            Assert.True(Assert.Single(Requests).ThroughProxy);

        await DirectAsync(0);
        await DirectAsync(
            1, ("IDENTITY_ENDPOINT", "EMULATOR_MSI_ENDPOINT"), ("IDENTITY_HEADER", "EMULATOR_MSI_SECRET"));
        await DirectAsync(
            1,
            ("MSI_ENDPOINT", "EMULATOR_MACHINE_LEARNING_ENDPOINT"),
            ("MSI_SECRET", "EMULATOR_MACHINE_LEARNING_SECRET"),
            ("DEFAULT_IDENTITY_CLIENT_ID", "EMULATOR_SYSTEM_IDENTITY_CLIENT_ID"));
        await DirectAsync(
            1,
            ("IDENTITY_ENDPOINT", "EMULATOR_AUTOMATION_ENDPOINT"),
            ("IDENTITY_HEADER", "EMULATOR_AUTOMATION_HEADER"));
        await DirectAsync(1, ("MSI_ENDPOINT", "EMULATOR_CLOUD_SHELL_ENDPOINT"));
        await DirectAsync(
            1,
            ("IDENTITY_ENDPOINT", "EMULATOR_SERVICE_FABRIC_ENDPOINT"),
            ("IDENTITY_HEADER", "EMULATOR_SERVICE_FABRIC_HEADER"),
            ("IDENTITY_SERVER_THUMBPRINT", "EMULATOR_SERVICE_FABRIC_THUMBPRINT"));
        if (Emulator.HasArc)
            await DirectAsync(
                2, ("IDENTITY_ENDPOINT", "EMULATOR_ARC_ENDPOINT"), ("IMDS_ENDPOINT", "EMULATOR_ARC_ENDPOINT"));

        // The authority is asked by the proxy, as it should be.
        Emulator.Requests.Clear();
        await GetAsync(ClientSecret());
        Assert.True(Assert.Single(Requests).ThroughProxy);
    }

    /// <summary>Gets a token where these variables tell of a host, and looks at the way that it came.</summary>
    private async Task DirectAsync(int requests, params (string Variable, string From)[] host)
    {
        foreach ((string variable, string from) in host)
            Set(variable, Emulator.Environment[from]);
        Emulator.Requests.Clear();
        Engine.Caching.ProcessMemory.Clear();

        Assert.Equal("ManagedIdentity", (await GetAsync(Options("ManagedIdentity"))).CredentialName);

        Assert.All(Requests, request => Assert.False(
            request.ThroughProxy || request.Listener == Listener.Proxy,
            $"{request.Method} {request.Host}{request.Path}"));
        Assert.InRange(Requests.Count, Math.Max(1, requests), 5);
        foreach ((string variable, string _) in host)
            Set(variable, null);
    }
}
