using System.Management.Automation;
using System.Net;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace MonitorToken.Soak;

/// <summary>Applications, identities, ways of signing in as them, and what of that changes meanwhile.</summary>
internal sealed class World
{
    /// <summary>What is asked for, and the audience that the token must then have.</summary>
    public static readonly IReadOnlyDictionary<string, string> Resources = new Dictionary<string, string>
    {
        ["LogAnalytics"] = "https://api.loganalytics.io",
        ["ResourceManager"] = "https://management.azure.com",
        ["CustomMetrics"] = "https://monitoring.azure.com/",
        ["https://monitor.azure.com/"] = "https://monitor.azure.com/",
    };

    private static readonly string[] Refused = ["AuthenticationFailed"];

    /// <summary>Without the tools, which would be somebody else.</summary>
    private static readonly string[] ChainMembers = ["Environment", "WorkloadIdentity", "ManagedIdentity"];

    private readonly EmulatorAdmin _emulator;
    private readonly string _folder;
    private readonly Random _random;
    private readonly string _home = EmulatorAdmin.Variable("EMULATOR_TENANT_ID");
    private readonly string _abroad;
    private readonly List<Way> _ways = [];
    private readonly List<Action> _changes = [];
    private readonly List<(Identity Who, Span When)> _inEnvironment = [];

    public World(EmulatorAdmin emulator, string folder, int seed)
    {
        _emulator = emulator;
        _folder = folder;
        _random = new Random(seed);
        _abroad = emulator.Post("tenants", new { domain = "abroad.example" }).GetProperty("id").GetString()!;

        AddSecrets();
        AddRotatedSecret();
        AddImpostors();
        AddCertificates();
        AddVouchedFor();
        AddManagedIdentities();
        AddEnvironment();
        Az = AddAz();
    }

    public IReadOnlyList<Way> Ways => _ways;

    public StandInCli Az { get; }

    private static DateTimeOffset Now => DateTimeOffset.UtcNow;

    /// <summary>Changes something by chance, again and again, until it is over.</summary>
    public void Turn(Ledger ledger, CancellationToken over)
    {
        while (!over.WaitHandle.WaitOne(_random.Next(200, 800)))
        {
            _changes[_random.Next(_changes.Count)]();
            Refresh();
            ledger.Count(Counts.Changes);
        }
    }

    /// <summary>Renews what others would keep fresh: the login of az, and the token of the pod.</summary>
    public void Refresh()
    {
        Az.Renew();
        _emulator.Post("kubernetes-token", new { });
    }

    // ---- secrets

    private void AddSecrets()
    {
        // Two of the same tenant have the same secret.
        string shared = Secret();
        foreach ((string name, string tenant, string secret, int life) in new[]
        {
            ("secret 1", _home, shared, 3), ("secret 2", _home, shared, 5),
            ("secret abroad", _abroad, Secret(), 8), ("secret, due at once", _home, Secret(), 3600),
        })
        {
            Identity who = NewApp(tenant, secret, life, "1");
            Add(name, [Service.Entra], _ => SecretCall(who, secret));
            if (life == 3)
                Add("secret, v1", [Service.Entra], _ => With(SecretCall(who, secret), ("UseV1Endpoint", true)));
        }

        Identity same = NewApp(_home, shared, 4, "1");
        var account = new PSCredential(same.ClientId, Secure(shared));
        Add("service principal", [Service.Entra], _ => With(
            Of(same), ("TenantId", same.TenantId), ("ServicePrincipal", account)));
    }

    /// <summary>The old secret is refused as soon as there is a new one.</summary>
    private void AddRotatedSecret()
    {
        string first = Secret();
        Identity who = NewApp(_home, first, 4, "1");
        (string Secret, Span When) current = (first, new Span());
        (string Secret, Span When) retired = current;
        var gate = new object();
        _changes.Add(() =>
        {
            (string Secret, Span When) next = (Secret(), new Span());
            current.When.Ending = Now;
            _emulator.Delete($"apps/{who.ClientId}/secrets");
            DateTimeOffset until = Now;
            _emulator.Post($"apps/{who.ClientId}/secrets", new { secret = next.Secret });
            lock (gate)
            {
                current.When.Until = until;
                (retired, current) = (current, next);
            }
        });
        Add("rotated secret", [Service.Entra], random =>
        {
            (string secret, Span when) = Locked(() => random.Next(5) == 0 ? retired : current);
            return With(
                new Call { Whose = (_, _) => [who], Accepted = when, Errors = Refused },
                SecretOf(who, secret));
        }, weight: 8);

        T Locked<T>(Func<T> read)
        {
            lock (gate)
                return read();
        }
    }

    /// <summary>Almost right is wrong: another secret, and a tenant that does not know the application.</summary>
    private void AddImpostors()
    {
        string secret = Secret();
        Identity who = NewApp(_home, secret, 5, "1");
        Add("the one that the impostors are not", [Service.Entra], _ => SecretCall(who, secret));
        string other = secret[..^1] + (secret[^1] == 'a' ? 'b' : 'a');
        Add("impostor: secret", [Service.Entra], _ => With(Nobody(), SecretOf(who, other)), works: false);
        Add(
            "impostor: tenant",
            [Service.Entra],
            _ => With(Nobody(), SecretOf(who with { TenantId = _abroad }, secret)),
            works: false);
    }

    // ---- certificates

    private void AddCertificates()
    {
        Identity who = NewApp(_home, Secret(), 5, "2");
        X509Certificate2[] certificates = [Certificate("one"), Certificate("two")];
        foreach (X509Certificate2 certificate in certificates)
            Register(who, certificate);
        Add("certificate", [Service.Entra], _ => Proof("Certificate", certificates[0]));

        // A file in whose place another one is put.
        string path = Path.Combine(_folder, "certificate.pem");
        int turn = 0;
        Replace();
        _changes.Add(Replace);
        Add("certificate file", [Service.Entra], _ => Proof("CertificatePath", path));

        // The secret of the same application is another way of proving it.
        string secret = Secret();
        _emulator.Post($"apps/{who.ClientId}/secrets", new { secret });
        Add("secret beside a certificate", [Service.Entra], _ => SecretCall(who with { Proof = "1" }, secret));

        Call Proof(string name, object value) =>
            With(Of(who), ("TenantId", who.TenantId), ("ClientId", who.ClientId), (name, value));

        void Replace()
        {
            X509Certificate2 next = certificates[turn++ % certificates.Length];
            using RSA key = next.GetRSAPrivateKey()!;
            File.WriteAllText(path + ".new", $"{key.ExportPkcs8PrivateKeyPem()}\n{next.ExportCertificatePem()}\n");
            File.Move(path + ".new", path, overwrite: true);
        }
    }

    // ---- others vouch

    private void AddVouchedFor()
    {
        string file = EmulatorAdmin.Variable("EMULATOR_FEDERATED_TOKEN_FILE");
        JsonElement gitHub = _emulator.Get("issuers").GetProperty("gitHub");
        Environment.SetEnvironmentVariable(
            "ACTIONS_ID_TOKEN_REQUEST_URL", EmulatorAdmin.Variable("EMULATOR_GITHUB_URL"));
        Environment.SetEnvironmentVariable(
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN", EmulatorAdmin.Variable("EMULATOR_GITHUB_TOKEN"));

        string admin = EmulatorAdmin.Variable("EMULATOR_ADMIN");
        string script = $"(Invoke-RestMethod -Method Post '{admin}/assertions').token";
        Vouched("workload identity", null, [Service.Entra], ("WorkloadIdentity", true), ("TokenFilePath", file));
        Vouched("federated script", null, [Service.Entra], ("FederatedTokenScript", new InRunspace(script)));
        Vouched("GitHub Actions", gitHub, [Service.Entra, Service.GitHub], ("GitHubActions", true));

        void Vouched(
            string name, JsonElement? by, string[] services, params (string, object)[] parameters)
        {
            Identity who = NewApp(_home, Secret(), 4, "2");
            _emulator.Post($"apps/{who.ClientId}/federated-credentials", by is { } trusted
                ? new { issuer = trusted.GetProperty("url"), subject = trusted.GetProperty("subject") }
                : new { });
            Add(
                name,
                services,
                _ => With(
                    Of(who),
                    [("TenantId", who.TenantId), ("ClientId", who.ClientId), .. parameters]));
        }
    }

    private void AddManagedIdentities()
    {
        foreach (int number in new[] { 1, 2 })
        {
            JsonElement made = _emulator.Post("identities", new { tokenLifetimeSeconds = 3 * number });
            var who = new Identity(_home, made.GetProperty("clientId").GetString()!, "2");
            Add(
                $"managed identity {number}",
                [Service.Metadata],
                _ => With(Of(who), ("ManagedIdentity", true), ("ClientId", who.ClientId)),
                mayBeSilent: true);
        }
    }

    // ---- what is found in the process

    /// <summary>Variables that change, one after the other, so that they are a mixture for a moment.</summary>
    private void AddEnvironment()
    {
        string secret = Secret();
        string other = Secret();
        (Identity Who, string Secret)[] apps =
            [(NewApp(_home, secret, 5, "1"), secret), (NewApp(_abroad, other, 5, "1"), other)];
        int turn = 0;
        Switch();
        _changes.Add(Switch);
        _changes.Add(Switch);
        Add("environment", [Service.Entra], _ => With(
            new Call { Whose = InEnvironment, Errors = Refused }, ("FromEnvironment", true)));
        Add("default chain", [Service.Entra], _ => With(
            new Call { Whose = InEnvironment, Errors = Refused },
            ("Include", ChainMembers)), mayBeSilent: true);

        void Switch()
        {
            (Identity who, string proof) = apps[turn++ % apps.Length];
            Span? before;
            lock (_inEnvironment)
            {
                before = _inEnvironment.Count == 0 ? null : _inEnvironment[^1].When;
                _inEnvironment.Add((who, new Span()));
            }

            Environment.SetEnvironmentVariable("AZURE_TENANT_ID", who.TenantId);
            Environment.SetEnvironmentVariable("AZURE_CLIENT_ID", who.ClientId);
            Environment.SetEnvironmentVariable("AZURE_CLIENT_SECRET", proof);
            if (before is not null)
                before.Until = Now;
        }
    }

    private List<Identity> InEnvironment(DateTimeOffset began, DateTimeOffset ended)
    {
        lock (_inEnvironment)
        {
            return
            [
                .. from one in _inEnvironment where one.When.From <= ended && one.When.Until >= began select one.Who,
            ];
        }
    }

    private StandInCli AddAz()
    {
        var user = new Identity(_home, Guid.NewGuid().ToString(), "0");
        if (!OperatingSystem.IsWindows())
            Add("az", [Service.Tool], _ => With(new Call { Whose = (_, _) => [user] }, ("AzureCli", true)), weight: 2);
        return new StandInCli(Path.Combine(_folder, "az"), user);
    }

    // ---- what is shared

    private static Call Nobody() => new() { Whose = (_, _) => [], Errors = Refused };

    private static Call Of(Identity who) => new() { Whose = (_, _) => [who] };

    private static Call SecretCall(Identity who, string secret) => With(Of(who), SecretOf(who, secret));

    private static (string, object)[] SecretOf(Identity who, string secret) =>
        [("TenantId", who.TenantId), ("ClientId", who.ClientId), ("ClientSecret", Secure(secret))];

    private static Call With(Call call, params (string Name, object Value)[] parameters)
    {
        foreach ((string name, object value) in parameters)
            call.Parameters[name] = value;
        return call;
    }

    private static SecureString Secure(string text) => new NetworkCredential("", text).SecurePassword;

    private static string Secret() => "soak" + Guid.NewGuid().ToString("N");

    private static X509Certificate2 Certificate(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    private void Register(Identity who, X509Certificate2 certificate) =>
        _emulator.Post($"apps/{who.ClientId}/certificates", new { pem = certificate.ExportCertificatePem() });

    private Identity NewApp(string tenant, string secret, int life, string proof)
    {
        JsonElement app = _emulator.Post("apps", new
        {
            tenant,
            secret,
            tokenLifetimeSeconds = life,
            // One that lives for long is renewed while it is still good.
            refreshInSeconds = life > 60 ? 2 : (int?)null,
        });
        return new Identity(tenant, app.GetProperty("clientId").GetString()!, proof);
    }

    private void Add(
        string name,
        string[] services,
        Func<Random, Call> prepare,
        int weight = 4,
        bool works = true,
        bool mayBeSilent = false) =>
        _ways.Add(new Way(name, services, prepare)
        {
            Weight = weight,
            Works = works,
            MayBeSilent = mayBeSilent,
        });
}

/// <summary>A script block that each runspace makes for itself, once.</summary>
internal sealed record InRunspace(string Script);
