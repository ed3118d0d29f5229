using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>An app registration with its service principal.</summary>
public sealed class App
{
    private const string SecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";

    private readonly ConcurrentDictionary<string, bool> _secrets = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<byte[]> _certificates = new();
    private readonly ConcurrentQueue<string> _trustedSubjects = new();
    private readonly ConcurrentQueue<FederatedCredential> _federatedCredentials = new();
    private readonly ConcurrentDictionary<Tenant, Guid> _objectIds = new();
    private TimeSpan? _tokenLifetime;

    internal App(Tenant tenant, string clientId)
    {
        Tenant = tenant;
        ClientId = clientId;
        AddTo(tenant);
    }

    /// <summary>Where it is registered.</summary>
    public Tenant Tenant { get; }

    public string ClientId { get; }

    /// <summary>Of its service principal in its own tenant.</summary>
    public Guid ObjectId => _objectIds[Tenant];

    /// <summary>Whether it may act for users without proving itself, as programs on people's machines do.</summary>
    public bool IsPublicClient { get; set; }

    /// <summary>Where browsers may be sent back to; http://localhost stands for each of its ports.</summary>
    public IReadOnlyList<string> RedirectUris { get; set; } = ["http://localhost"];

    /// <summary>The application roles that its tokens carry.</summary>
    public IReadOnlyList<string> Roles { get; set; } = ["Data.Read"];

    /// <summary>
    /// How long its tokens live, as the answer's expires_in says. Unless set, those of its users live for some time
    /// between an hour and an hour and a half, as in Entra.
    /// </summary>
    public TimeSpan TokenLifetime
    {
        get => _tokenLifetime ?? TimeSpan.FromSeconds(3599);
        set => _tokenLifetime = value;
    }

    /// <summary>When its tokens should be renewed: Entra says so with some that live for a day.</summary>
    public TimeSpan? RefreshIn { get; set; }

    /// <summary>The ARM path where it is a managed identity that workloads elsewhere sign in as; else null.</summary>
    public string? IdentityResourceId { get; set; }

    /// <summary>A secret that works.</summary>
    public string Secret => _secrets.Keys.First();

    /// <summary>Consents to it in another tenant, where it gets a service principal.</summary>
    public void AddTo(Tenant tenant) => _objectIds.TryAdd(tenant, Guid.NewGuid());

    /// <summary>Adds a secret, a random one unless given; the others stay valid, as in Entra.</summary>
    public string AddSecret(string? secret = null)
    {
        // The shape of Entra's own; it never begins with a dash, which command lines take for an option.
        secret ??= RandomNumberGenerator.GetString(SecretAlphabet.AsSpan(0, 62), 3)
            + "8Q~"
            + RandomNumberGenerator.GetString(SecretAlphabet, 34);
        _secrets[secret] = true;
        return secret;
    }

    public void RemoveSecrets() => _secrets.Clear();

    public IReadOnlyCollection<FederatedCredential> FederatedCredentials => [.. _federatedCredentials];

    /// <summary>Registers a certificate; its key is neither needed nor kept.</summary>
    public void AddCertificate(X509Certificate2 certificate) => _certificates.Enqueue(certificate.RawData);

    /// <summary>Forgets the certificates and the subjects.</summary>
    public void RemoveCertificates()
    {
        _certificates.Clear();
        _trustedSubjects.Clear();
    }

    /// <summary>Accepts any certificate of this subject (CN=…), if the client sends it along.</summary>
    public void TrustSubject(string subject) => _trustedSubjects.Enqueue(subject);

    /// <summary>Takes an issuer's word for this app's.</summary>
    public FederatedCredential AddFederatedCredential(
        string issuer, string subject, string audience = FederatedCredential.DefaultAudience)
    {
        var credential = new FederatedCredential(issuer, subject, audience);
        _federatedCredentials.Enqueue(credential);
        return credential;
    }

    public void RemoveFederatedCredentials() => _federatedCredentials.Clear();

    /// <summary>Its object id in a tenant; null where nobody has consented to it.</summary>
    internal Guid? ObjectIdIn(Tenant tenant) => _objectIds.TryGetValue(tenant, out Guid id) ? id : null;

    internal bool MayRedirectTo(string address) => RedirectUris.Any(registered =>
        registered == address
        || (Uri.TryCreate(registered, UriKind.Absolute, out Uri? one)
            && Uri.TryCreate(address, UriKind.Absolute, out Uri? other)
            && one is { Scheme: "http", Host: "localhost" } && other is { Scheme: "http", Host: "localhost" }
            && one.AbsolutePath == other.AbsolutePath));

    internal TimeSpan UserTokenLifetime =>
        _tokenLifetime ?? TimeSpan.FromSeconds(RandomNumberGenerator.GetInt32(3600, 5400));

    internal bool Accepts(string secret) => _secrets.ContainsKey(secret);

    internal bool Trusts(X500DistinguishedName subject) =>
        _trustedSubjects.Any(trusted => trusted.Equals(subject.Name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The registered certificate that a token says it is signed with.</summary>
    internal X509Certificate2? FindCertificate(Jwt token)
    {
        // MSAL for Python leaves the padding on.
        string? sha256 = token.Header("x5t#S256")?.TrimEnd('=');
        string? sha1 = (token.Header("x5t") ?? token.Header("kid"))?.TrimEnd('=');
        return _certificates
            .Where(certificate => sha256 is null
                ? sha1 == Thumbprint(certificate)
                : sha256 == Base64UrlEncoder.Encode(SHA256.HashData(certificate)))
            .Select(X509CertificateLoader.LoadCertificate)
            .FirstOrDefault();
    }

    // SHA-1 is how certificates are named everywhere, and protects nothing here.
#pragma warning disable CA5350
    private static string Thumbprint(byte[] certificate) => Base64UrlEncoder.Encode(SHA1.HashData(certificate));
#pragma warning restore CA5350
}
