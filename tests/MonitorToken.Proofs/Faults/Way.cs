using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;

namespace MonitorToken.Proofs.Faults;

/// <summary>A way of signing in, set up so that it works while nothing is broken.</summary>
internal sealed record Way(string Name, Func<World, CredentialOptions> Options)
{
    private static readonly string[] CloudShellAudiences =
    [
        "https://vault.azure.net", "https://datalake.azure.net/", "https://outlook.office365.com/",
        "https://batch.core.windows.net/", "https://analysis.windows.net/powerbi/api", "https://storage.azure.com/",
        "https://rest.media.azure.net", "https://ossrdbms-aad.database.windows.net", "https://www.yammer.com",
        "https://digitaltwins.azure.net", "https://dev.azuresynapse.net", "https://database.windows.net",
        "https://quantum.microsoft.com", "https://iothubs.azure.net", "https://azuredatabricks.net/",
        "https://azure-devices-provisioning.net", "https://managedhsm.azure.net", "https://api.adu.microsoft.com/",
        "https://purview.azure.net/", "https://graph.windows.net/", "https://management.core.windows.net/",
        "https://management.azure.com/", "https://api.loganalytics.io", "https://graph.microsoft.com/",
    ];

    private static int _cloudShellRows;

    public Setting Setting { get; init; } = Setting.Anywhere;

    public Func<Emulator, string?> Skip { get; init; } = _ => null;

    public static Way ClientSecret { get; } = new("ClientSecret", world => world.Application("ClientSecret") with
    {
        ClientSecret = world.Secure(world.App.Secret),
    });

    public static Way ClientSecretV1 { get; } = new(
        "ClientSecret with -UseV1Endpoint", world => ClientSecret.Options(world) with { UseV1Endpoint = true });

    public static Way Certificate { get; } = new("Certificate", world => world.Application("Certificate") with
    {
        Certificate = Keys.Certificate,
    });

    public static Way FederatedToken { get; } = new("FederatedToken", world => world.Application("FederatedToken") with
    {
        FederatedTokenScript = _ => world.Keep(world.Emulator.Issuers.Kubernetes.Issue()),
    });

    /// <summary>Its application is registered where the managed identity is, as it must be.</summary>
    public static Way FederatedCredential { get; } = new("FederatedToken by -FederatedCredential", world =>
    {
        EntraDirectory directory = world.Emulator.Directory;
        ManagedIdentity identity = directory.AddUserIdentity();
        App app = directory.AddApp();
        app.AddTo(world.Tenant);
        app.AddFederatedCredential(
            $"https://login.microsoftonline.com/{directory.Tenant.Id}/v2.0", $"{identity.ObjectId}");
        return world.Application("FederatedToken") with
        {
            ClientId = app.ClientId,
            FederatedCredential = CredentialCatalog.Create(new CredentialOptions
            {
                Name = "ManagedIdentity",
                Authority = world.Authority,
                ClientId = $"{identity.ClientId}",
            }),
        };
    });

    public static Way GitHubActions { get; } = new("GitHubActions", world =>
    {
        world.Keep(world.Emulator.GitHub.RequestToken);
        return world.Application("GitHubActions");
    });

    public static Way AzurePipelines { get; } = new("AzurePipelines", world =>
    {
        world.Keep(world.Emulator.AzurePipelines.AccessToken);
        return world.Application("AzurePipelines") with
        {
            ServiceConnectionId = world.Emulator.AzurePipelines.ServiceConnectionId.ToString(),
        };
    });

    /// <summary>The file is renewed as Kubernetes does it, before each request that was not the first.</summary>
    public static Way WorkloadIdentity { get; } = new("WorkloadIdentity", world =>
    {
        string path = world.Write("token", world.Keep(world.Emulator.Issuers.Kubernetes.Issue()));
        world.OnMend(() => world.Write("token", world.Keep(world.Emulator.Issuers.Kubernetes.Issue())));
        return world.Application("WorkloadIdentity") with { TokenFilePath = path };
    });

    public static Way OnBehalfOf { get; } = new("OnBehalfOf", world => ClientSecret.Options(world) with
    {
        Name = "OnBehalfOf",
        UserAssertion = world.Secure(world.Emulator.IssueUserToken(world.App.ClientId, world.User)),
    });

    public static Way DeviceCode { get; } = new("DeviceCode", world =>
    {
        world.App.IsPublicClient = true;
        return world.Application("DeviceCode");
    });

    /// <summary>All that ask Entra itself.</summary>
    public static IReadOnlyList<Way> OfEntra { get; } =
    [
        ClientSecret, ClientSecretV1, Certificate, FederatedToken, GitHubActions, AzurePipelines, WorkloadIdentity,
        OnBehalfOf, DeviceCode,
    ];

    public static Way Imds { get; } = Host("IMDS", _ => []);

    public static Way AppService { get; } = Host("App Service", emulator =>
    [
        ("IDENTITY_ENDPOINT", emulator.Environment["EMULATOR_MSI_ENDPOINT"]),
        ("IDENTITY_HEADER", emulator.AppServiceSecret),
    ]);

    public static Way AppService2017 { get; } = Host("App Service of 2017", emulator =>
    [
        ("MSI_ENDPOINT", emulator.Environment["EMULATOR_MSI_ENDPOINT"]),
        ("MSI_SECRET", emulator.AppServiceSecret),
    ]);

    public static Way Arc { get; } = Host("Arc", emulator =>
    [
        ("IDENTITY_ENDPOINT", emulator.Environment.GetValueOrDefault("EMULATOR_ARC_ENDPOINT")),
        ("IMDS_ENDPOINT", "http://127.0.0.1:1"),
    ]) with
    {
        Skip = emulator => emulator.HasArc ? null : "The folder of Arc's challenge files cannot be written here.",
    };

    /// <summary>It gives tokens for the audiences on its list alone, so each row has one of those.</summary>
    public static Way CloudShell { get; } = Host(
        "Cloud Shell",
        emulator => [("MSI_ENDPOINT", emulator.Environment["EMULATOR_CLOUD_SHELL_ENDPOINT"])],
        world =>
        {
            int row = Interlocked.Increment(ref _cloudShellRows) - 1;
            string audience = CloudShellAudiences[row % CloudShellAudiences.Length].TrimEnd('/');
            world.Resource = row < CloudShellAudiences.Length ? audience : audience + "/";
            Xunit.Assert.True(row < 2 * CloudShellAudiences.Length, "Cloud Shell knows no more audiences.");
        });

    public static Way ServiceFabric { get; } = Host("Service Fabric", emulator =>
    [
        ("IDENTITY_ENDPOINT", emulator.Environment["EMULATOR_SERVICE_FABRIC_ENDPOINT"]),
        ("IDENTITY_HEADER", emulator.ServiceFabricSecret),
        ("IDENTITY_SERVER_THUMBPRINT", emulator.ServiceFabricThumbprint),
    ]);

    public static Way Automation { get; } = Host("Automation", emulator =>
    [
        ("IDENTITY_ENDPOINT", emulator.Environment["EMULATOR_AUTOMATION_ENDPOINT"]),
        ("IDENTITY_HEADER", emulator.AutomationSecret),
    ]);

    /// <summary>All hosts of managed identities.</summary>
    public static IReadOnlyList<Way> OfHosts { get; } =
        [Imds, AppService, AppService2017, Arc, CloudShell, ServiceFabric, Automation];

    public static IReadOnlyList<Way> All { get; } = [.. OfEntra, .. OfHosts];

    /// <summary>A managed identity; its requests are known by the resource.</summary>
    public static CredentialOptions ManagedIdentity(World world)
    {
        world.Match = new FaultMatch { Resource = world.Resource };
        Emulator emulator = world.Emulator;
        world.Secrets.AddRange([emulator.AppServiceSecret, emulator.AutomationSecret, emulator.ServiceFabricSecret]);
        return new CredentialOptions { Name = "ManagedIdentity", Authority = world.Authority };
    }

    private static Way Host(
        string name, Func<Emulator, (string, string?)[]> variables, Action<World>? prepare = null) =>
        new($"ManagedIdentity on {name}", world =>
        {
            prepare?.Invoke(world);
            return ManagedIdentity(world);
        })
        {
            Setting = new Setting(variables),
        };
}
