using System.Net;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine;
using MonitorToken.Engine.ManagedIdentity;
using MonitorToken.EntraEmulator;

namespace MonitorToken.Tests;

/// <summary>
/// A test that gets tokens from the emulator. Each starts with an app of its own, an empty request log and no faults.
/// </summary>
public abstract class EngineTest : IDisposable
{
    internal const string LogAnalytics = "https://api.loganalytics.io";

    private readonly Stack<(string Name, string? Value)> _environment = new();
    private readonly HashSet<string> _earlierApps;
    private readonly Lazy<DirectoryInfo> _folder = new(() => Directory.CreateTempSubdirectory("monitortoken-test-"));

    protected EngineTest(EmulatorFixture fixture)
    {
        Emulator = fixture.Emulator;
        _earlierApps =
            [.. Emulator.Directory.Apps.Where(app => app != Emulator.Directory.App).Select(app => app.ClientId)];
        App = Emulator.Directory.AddApp();
        Emulator.Faults.Clear();
        Emulator.Faults.Exempt = IsOfEarlierTest;
        Emulator.ImdsTokens.Clear();
        Emulator.Requests.Clear();
        ImdsProbe.Clear();
        AzureVmDetector.Override = false;
        Clock.Current = TimeProvider.System;
    }

    protected Emulator Emulator { get; }

    protected App App { get; }

    /// <summary>
    /// The requests of this test. An az that an earlier test has left behind may still look whether it is online.
    /// </summary>
    protected IReadOnlyList<RecordedRequest> Requests =>
        [.. Emulator.Requests.Where(request => request.Host != "azure.microsoft.com" && !IsOfEarlierTest(request))];

    private protected RecordingCaller Caller { get; } = new();

    /// <summary>For the test's files; it goes when the test ends.</summary>
    protected string Folder => _folder.Value.FullName;

    protected static CancellationToken Stop => Xunit.TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Emulator.Faults.Clear();
        while (_environment.TryPop(out (string Name, string? Value) variable))
            Environment.SetEnvironmentVariable(variable.Name, variable.Value);
        if (_folder.IsValueCreated)
            _folder.Value.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Whether a request comes from an application of an earlier test, which canceled it or renewed a token in the
    /// background.
    /// </summary>
    private bool IsOfEarlierTest(RecordedRequest request) =>
        (request.Form.GetValueOrDefault("client_id") ?? request.Query.GetValueOrDefault("client_id")) is { } clientId
        && _earlierApps.Contains(clientId);

    /// <summary>Makes the waits of this test take no time.</summary>
    private protected static FakeClock UseFakeClock()
    {
        var clock = new FakeClock();
        Clock.Current = clock;
        return clock;
    }

    /// <summary>Sets a variable until the test ends.</summary>
    protected void Set(string name, string? value)
    {
        _environment.Push((name, Environment.GetEnvironmentVariable(name)));
        Environment.SetEnvironmentVariable(name, value);
    }

    private protected CredentialOptions ClientSecret(string? secret = null) => Application("ClientSecret") with
    {
        ClientSecret = Secure(secret ?? App.Secret),
    };

    /// <summary>The test's own app, by another way of signing in.</summary>
    private protected CredentialOptions Application(string name) => Options(name) with
    {
        TenantId = Emulator.Directory.Tenant.Id.ToString(),
        ClientId = App.ClientId,
    };

    private protected static CredentialOptions Options(string name) => new()
    {
        Name = name,
        Authority = Authority.For(AzureEnvironment.AzureCloud),
    };

    /// <summary>A person who enters the code as soon as it is shown; in an app of its own unless one is given.</summary>
    private protected CredentialOptions Person(App? app = null)
    {
        app ??= Emulator.Directory.AddApp();
        app.IsPublicClient = true;
        Emulator.DeviceCodes.Interval = TimeSpan.FromSeconds(1);
        Caller.OnShow = _ => Emulator.DeviceCodes.Approve(Emulator.DeviceCodes.Pending[^1].UserCode);
        return Application("DeviceCode") with { ClientId = app.ClientId };
    }

    /// <summary>The fault, where it spoils what is asked of a host alone; of Entra for any other name.</summary>
    protected static Fault At(string host, Fault fault) => fault with
    {
        Match = new FaultMatch
        {
            Path = host switch
            {
                "ManagedIdentity" or "VirtualMachine" => "/metadata",
                "AppService" => "/msi",
                "CloudShell" => "/cloud-shell",
                "Arc" => "/arc",
                "GitHubActions" => "/github",
                _ => "^/[^/]+/oauth2",
            },
        },
    };

    private protected static TokenRequest For(string resource) =>
        TokenRequest.ForResource(resource, AzureEnvironment.AzureCloud);

    private protected Task<AccessToken> GetAsync(CredentialOptions options, TokenRequest? request = null) =>
        CredentialCatalog.Create(options).GetTokenAsync(request ?? For("LogAnalytics"), Caller, Stop);

    private protected async Task<TokenException> FailAsync(CredentialOptions options, TokenRequest? request = null) =>
        await Xunit.Assert.ThrowsAsync<TokenException>(() => GetAsync(options, request));

    /// <summary>The only request for a token by this grant.</summary>
    protected RecordedRequest TokenRequestOf(string grant) =>
        Xunit.Assert.Single(Requests, request => request.Form.GetValueOrDefault("grant_type") == grant);

    protected static SecureString Secure(string text) => new NetworkCredential("", text).SecurePassword;

    protected static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        return new CertificateRequest(
            $"CN=monitor-{Guid.NewGuid():n}",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }
}
