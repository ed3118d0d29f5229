using System.Net;
using System.Security;
using MonitorToken.EntraEmulator;

namespace MonitorToken.Proofs.Faults;

/// <summary>
/// What one row has to itself: a tenant, an application, a resource, a folder and a caller. So rows can run side by
/// side in one emulator, and no token of one is in memory for another.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    private static int _count;

    private readonly List<Fault> _faults = [];
    private readonly List<Action> _mends = [];
    private readonly List<IAsyncDisposable> _toDispose = [];
    private readonly Lazy<string> _folder = new(() => Directory.CreateTempSubdirectory("monitortoken-row-").FullName);

    public World(Emulator emulator, string tools)
    {
        Emulator = emulator;
        Tools = tools;
        Tenant = emulator.Directory.AddTenant();
        User = emulator.Directory.AddUser($"adele@{Tenant.Domain}", Tenant);
        App = emulator.Directory.AddApp(Tenant);
        App.AddCertificate(Keys.Certificate);
        foreach (OidcIssuer issuer in emulator.Issuers.All)
            App.AddFederatedCredential(issuer.Url, issuer.Subject);
        Resource = $"https://row-{Interlocked.Increment(ref _count)}.example";
        emulator.Directory.AddResource(new Resource(Resource));
        Match = new FaultMatch { Path = $"^/{Tenant.Id}/oauth2/(v2\\.0/)?token" };
        Keep(App.Secret);
        Caller.OnShow = text =>
        {
            foreach (DeviceCode code in emulator.DeviceCodes.Pending)
            {
                if (text.Contains(code.UserCode, StringComparison.Ordinal))
                    emulator.DeviceCodes.Approve(code.UserCode, User);
            }
        };
    }

    public Emulator Emulator { get; }

    /// <summary>The folder that is all of PATH.</summary>
    public string Tools { get; }

    public Tenant Tenant { get; }

    public User User { get; }

    public App App { get; }

    /// <summary>The audience that is asked for.</summary>
    public string Resource { get; set; }

    public Authority Authority { get; set; } = Authority.For(AzureEnvironment.AzureCloud);

    /// <summary>Which requests the faults of this row spoil.</summary>
    public FaultMatch Match { get; set; }

    public RecordingCaller Caller { get; } = new() { WantsDebug = true };

    public string Folder => _folder.Value;

    /// <summary>What nobody may be told.</summary>
    public List<string> Secrets { get; } = [];

    /// <summary>Whether the row's requests have left the process; for what must not be sent.</summary>
    public int Sent => Emulator.Requests.Count(request =>
        Match.Includes(request) && (request.Listener != Listener.Http || request.Path != MetadataPath
            || request.Headers.ContainsKey("Metadata")));

    private const string MetadataPath = "/metadata/identity/oauth2/token";

    public string Keep(string secret)
    {
        Secrets.Add(secret);
        return secret;
    }

    public SecureString Secure(string secret) => new NetworkCredential("", Keep(secret)).SecurePassword;

    /// <summary>An application of this world, or whoever else asks this world's authority.</summary>
    public CredentialOptions Application(string name) => new()
    {
        Name = name,
        Authority = Authority,
        DisableInstanceDiscovery = Authority.Environment is null,
        TenantId = Tenant.Id.ToString(),
        ClientId = App.ClientId,
    };

    /// <summary>Spoils what this row asks, until the world is mended.</summary>
    public void Spoil(Fault fault)
    {
        Fault mine = fault.Match == new FaultMatch() ? fault with { Match = Match } : fault;
        _faults.Add(mine);
        Emulator.Faults.Add(mine);
    }

    public void OnMend(Action mend) => _mends.Add(mend);

    public void Mend()
    {
        foreach (Fault fault in _faults)
            Emulator.Faults.Remove(fault);
        foreach (Action mend in _mends)
            mend();
    }

    /// <summary>Asks through a door of this row's own.</summary>
    public Door OpenDoor(DoorFault fault)
    {
        var door = new Door(Emulator.HttpsAddress.Port, fault, Keys.Of(Emulator));
        _toDispose.Add(door);
        Authority = Authority.For(new Uri($"https://localhost:{door.Port}"));
        OnMend(door.Mend);
        return door;
    }

    public string Write(string name, byte[] content)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    public async ValueTask DisposeAsync()
    {
        Mend();
        foreach (IAsyncDisposable one in _toDispose)
            await one.DisposeAsync();
        if (_folder.IsValueCreated)
            Directory.Delete(_folder.Value, recursive: true);
    }
}
