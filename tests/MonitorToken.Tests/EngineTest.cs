using System.Net;
using MonitorToken.Engine;
using MonitorToken.Engine.Metadata;
using MonitorToken.EntraEmulator;

namespace MonitorToken.Tests;

/// <summary>
/// A test that gets tokens from the emulator. Each starts with an app of its own, an empty request log and no faults.
/// </summary>
public abstract class EngineTest : IDisposable
{
    internal const string LogAnalytics = "https://api.loganalytics.io";

    private readonly Stack<(string Name, string? Value)> _environment = new();

    protected EngineTest(EmulatorFixture fixture)
    {
        Emulator = fixture.Emulator;
        App = Emulator.Directory.AddApp();
        Emulator.Faults.Clear();
        Emulator.ImdsTokens.Clear();
        Emulator.Requests.Clear();
        MetadataService.Forget();
        AzureMachine.Pretended = false;
    }

    protected Emulator Emulator { get; }

    protected App App { get; }

    /// <summary>
    /// What was asked of the emulator. An az that an earlier test has left behind may still look whether it is online.
    /// </summary>
    protected IReadOnlyList<RecordedRequest> Requests =>
        [.. Emulator.Requests.Where(request => request.Host != "azure.microsoft.com")];

    private protected RecordingCaller Caller { get; } = new();

    protected static CancellationToken Stop => Xunit.TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Emulator.Faults.Clear();
        while (_environment.TryPop(out (string Name, string? Value) variable))
            Environment.SetEnvironmentVariable(variable.Name, variable.Value);
        GC.SuppressFinalize(this);
    }

    /// <summary>Sets a variable until the test ends.</summary>
    protected void Set(string name, string? value)
    {
        _environment.Push((name, Environment.GetEnvironmentVariable(name)));
        Environment.SetEnvironmentVariable(name, value);
    }

    private protected CredentialOptions ClientSecret(string? secret = null) => Options("ClientSecret") with
    {
        TenantId = Emulator.Directory.Tenant.Id.ToString(),
        ClientId = App.ClientId,
        ClientSecret = new NetworkCredential("", secret ?? App.Secret).SecurePassword,
    };

    private protected static CredentialOptions Options(string name) => new()
    {
        Name = name,
        Authority = Authority.For(AzureEnvironment.AzureCloud),
    };

    private protected static TokenRequest For(string resource) =>
        TokenRequest.ForResource(resource, AzureEnvironment.AzureCloud);

    private protected Task<AccessToken> GetAsync(CredentialOptions options, TokenRequest? request = null) =>
        CredentialCatalog.Create(options).GetTokenAsync(request ?? For("LogAnalytics"), Caller, Stop);

    private protected async Task<TokenException> FailAsync(CredentialOptions options, TokenRequest? request = null) =>
        await Xunit.Assert.ThrowsAsync<TokenException>(() => GetAsync(options, request));
}
