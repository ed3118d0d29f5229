using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// Microsoft Entra, the managed identity endpoints and the data planes of Azure Monitor, on loopback ports of the
/// system's choice. It connects to nothing but itself.
/// </summary>
public sealed class Emulator : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("entra-emulator-");
    private readonly WebApplication _web;
    private readonly LoopbackListener _silent;
    private readonly X509Certificate2 _serviceFabricCertificate = SelfSignedCertificate.Create();
    private LoopbackListener? _proxyListener;

    private Emulator(EmulatorOptions options)
    {
        HasMetadataAddress = options.HasMetadataAddress;
        CertificateAuthority = options.CertificateAuthorityFile is { Length: > 0 } file
            ? CertificateAuthority.Load(file)
            : CertificateAuthority.Create();
        CertificateAuthorityFile = Path.Combine(_folder.FullName, "ca.pem");
        File.WriteAllText(CertificateAuthorityFile, CertificateAuthority.ExportPem());
        ServiceAccountToken = new ServiceAccountToken(
            Issuers.Kubernetes, Path.Combine(ClientFolder, "service-account-token"));
        ArcKeys = new ArcKeys(options.ArcKeyFolder);
        Directory = new EntraDirectory(Issuers);
        AccessControl = new AccessControl(Directory);
        Proxy = new Proxy(this);
        GitHub = new GitHubJob(this);
        AzurePipelines = new AzurePipelinesJob(this);
        _silent = new LoopbackListener((client, stopping) => SilentHost.ServeAsync(client, Requests, stopping));
        _web = BuildWeb(options);
    }

    /// <summary>
    /// What routes a client here; see <see cref="ClientEnvironment"/> for how to give it to a process.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>();

    public EntraDirectory Directory { get; }

    /// <summary>Roles, their assignments, and data collection rules.</summary>
    public AccessControl AccessControl { get; }

    /// <summary>GitHub, Azure DevOps and a Kubernetes cluster, as far as they vouch for workloads.</summary>
    public OidcIssuers Issuers { get; } = new();

    public RequestLog Requests { get; } = new();

    public Faults Faults { get; } = new();

    public CertificateAuthority CertificateAuthority { get; }

    /// <summary>The CA's certificate as PEM, without its key.</summary>
    public string CertificateAuthorityFile { get; }

    /// <summary>
    /// A folder for clients to keep their state in, empty but for a pod's token; it goes with the emulator.
    /// </summary>
    public string ClientFolder => _folder.CreateSubdirectory("client").FullName;

    /// <summary>A job of GitHub Actions.</summary>
    public GitHubJob GitHub { get; }

    /// <summary>A job of Azure Pipelines.</summary>
    public AzurePipelinesJob AzurePipelines { get; }

    /// <summary>The token of a pod, whose word the seeded app takes.</summary>
    public ServiceAccountToken ServiceAccountToken { get; }

    /// <summary>https://localhost:port: the authority, without the proxy.</summary>
    public Uri HttpsAddress { get; private set; } = null!;

    /// <summary>http://127.0.0.1:port: managed identities and the admin API.</summary>
    public Uri HttpAddress { get; private set; } = null!;

    /// <summary>What leads clients here that would go to Azure.</summary>
    public Proxy Proxy { get; }

    /// <summary>http://127.0.0.1:port: the proxy.</summary>
    public Uri ProxyAddress => _proxyListener!.Address;

    /// <summary>http://127.0.0.1:port: accepts connections and never answers.</summary>
    public Uri SilentAddress => _silent.Address;

    /// <summary>What the App Service endpoint expects in X-IDENTITY-HEADER.</summary>
    public string AppServiceSecret { get; } = RandomNumberGenerator.GetHexString(32);

    /// <summary>What the Automation endpoint expects in X-IDENTITY-HEADER.</summary>
    public string AutomationSecret { get; } = RandomNumberGenerator.GetHexString(32);

    /// <summary>What the Service Fabric endpoint expects in secret.</summary>
    public string ServiceFabricSecret { get; } = RandomNumberGenerator.GetHexString(32);

    /// <summary>What the Machine Learning endpoint expects in secret.</summary>
    public string MachineLearningSecret { get; } = RandomNumberGenerator.GetHexString(32);

    /// <summary>
    /// https://localhost:port: a node of Service Fabric, with the certificate of <see cref="ServiceFabricThumbprint"/>.
    /// </summary>
    public Uri ServiceFabricAddress { get; private set; } = null!;

    /// <summary>By which alone a client can know the node: no CA vouches for it.</summary>
    public string ServiceFabricThumbprint => _serviceFabricCertificate.Thumbprint;

    /// <summary>Whether it answers at the address of Azure's metadata service too.</summary>
    public bool HasMetadataAddress { get; }

    /// <summary>Whether this user may write the files that clients of Azure Arc read.</summary>
    public bool HasArc { get; private set; }

    /// <summary>What users without a browser at hand are asked to enter elsewhere.</summary>
    public DeviceCodes DeviceCodes { get; } = new();

    /// <summary>What the metadata service of a virtual machine keeps.</summary>
    public ImdsTokenCache ImdsTokens { get; } = new();

    internal ArcKeys ArcKeys { get; }

    internal SignIns SignIns { get; } = new();

    /// <summary>Starts one that is ready for requests when it is returned.</summary>
    public static async Task<Emulator> StartAsync(
        EmulatorOptions options, CancellationToken cancellationToken = default)
    {
        var emulator = new Emulator(options);
        try
        {
            await emulator.ListenAsync(cancellationToken);
            return emulator;
        }
        catch
        {
            await emulator.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// For clients in this process, which do not see <see cref="Environment"/>: goes through the proxy and trusts the
    /// CA.
    /// </summary>
    public HttpMessageHandler CreateHandler() => new SocketsHttpHandler
    {
        Proxy = new WebProxy(ProxyAddress) { BypassProxyOnLocal = true },
        SslOptions =
        {
            CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { CertificateAuthority.Certificate },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    };

    /// <summary>
    /// A token that a user's app would call an API with: what the API brings to act on that user's behalf. A lifetime
    /// below zero gives one that is past.
    /// </summary>
    public string IssueUserToken(string audience, User? user = null, TimeSpan? lifetime = null) =>
        UserTokens.Issue(Directory, user ?? Directory.User, audience, lifetime, fault: null).Value;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_proxyListener is not null)
            await _proxyListener.DisposeAsync();
        await _silent.DisposeAsync();
        await _web.StopAsync();
        await _web.DisposeAsync();
        CertificateAuthority.Dispose();
        _serviceFabricCertificate.Dispose();
        ArcKeys.Dispose();
        _stopping.Dispose();
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A client that outlives us still writes there.
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        // The issuer's key takes as long to make as the server to start.
        Task<string> token = Task.Run(ServiceAccountToken.Renew, cancellationToken);
        await _web.StartAsync(cancellationToken);
        IEnumerable<Uri> addresses = _web.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses
            .Select(address => new Uri(address));
        ILookup<string, Uri> byScheme = addresses.ToLookup(address => address.Scheme);
        HttpAddress = byScheme["http"].Single(address => address.Host != Hosts.Metadata);
        // By name, because that is what certificates are for; and in the order in which they are listened to.
        Uri[] https = [.. byScheme["https"].Select(address => new UriBuilder(address) { Host = "localhost" }.Uri)];
        (HttpsAddress, ServiceFabricAddress) = (https[0], https[1]);
        await Task.WhenAll(token, WarmUpAsync(cancellationToken));
        HasArc = ArcKeys.MayWrite();
        _proxyListener = new LoopbackListener(Proxy.ServeAsync);
        Environment = ClientEnvironment.For(this);
    }

    // Clients give a metadata service half a second or one to show that it is there, which the server's first request can
    // take longer than. The admin API leaves no trace in the recording.
    private async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using HttpResponseMessage response = await http.GetAsync(
            new Uri(HttpAddress, AdminEndpoints.Prefix + "/requests"), cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private WebApplication BuildWeb(EmulatorOptions options)
    {
        // The empty builder reads no configuration of the machine, and logs nothing.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.AdminPort, listen => listen.Protocols = HttpProtocols.Http1);
            if (options.HasMetadataAddress)
                kestrel.Listen(MetadataAlias.Require(), 80, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = handshake => new(new System.Net.Security.SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = CertificateAuthority.CertificateFor(
                            handshake.ClientHelloInfo.ServerName),
                    }),
                });
            });
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.UseHttps(_serviceFabricCertificate);
            });
        });

        WebApplication web = builder.Build();
        // The admin API stands outside: it is neither recorded nor spoilt by the faults that it sets.
        web.UseWhen(context => !AdminEndpoints.Are(context.Request), traffic =>
        {
            traffic.Use((HttpContext context, RequestDelegate next) =>
                RequestRecording.RecordAsync(context, next, Requests, Proxy));
            traffic.Use((HttpContext context, RequestDelegate next) =>
                FaultInjection.InjectAsync(context, next, this, _stopping.Token));
        });
        web.UseRouting();
        web.Use((HttpContext context, RequestDelegate next) =>
            MonitorEndpoint.AnswerUnknownAsync(context, next, Directory));

        AdminEndpoints.Map(web, this);
        DiscoveryEndpoints.Map(web, this);
        UserRealmEndpoints.Map(web, this);
        TokenEndpoints.Map(web, this);
        AuthorizeEndpoints.Map(web, this);
        DeviceCodeEndpoints.Map(web, this);
        ImdsEndpoints.Map(web, this);
        ImdsInstanceEndpoints.Map(web, this);
        AppServiceEndpoints.Map(web, this);
        AutomationEndpoints.Map(web, this);
        ArcEndpoints.Map(web, this);
        CloudShellEndpoints.Map(web, this);
        ServiceFabricEndpoints.Map(web, this);
        MachineLearningEndpoints.Map(web, this);
        GitHubEndpoints.Map(web, this);
        AzurePipelinesEndpoints.Map(web, this);
        ManagementEndpoints.Map(web, this);
        AuthorizationEndpoints.Map(web, this);
        LogAnalyticsEndpoints.Map(web, this);
        CustomMetricsEndpoints.Map(web, this);
        LogsIngestionEndpoints.Map(web, this);
        MetricsBatchEndpoints.Map(web, this);
        GrafanaEndpoints.Map(web, this);
        PrometheusEndpoints.Map(web, this);
        return web;
    }
}
