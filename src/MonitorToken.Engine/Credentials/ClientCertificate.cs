using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Certificates;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application with a certificate.</summary>
internal sealed class ClientCertificate(CredentialOptions options) : AzureIdentityCredential(options)
{
    private readonly CertificateSource _source = CertificateSource.Of(options);

    public override string Name => "Certificate";

    public override DateTimeOffset? CertificateExpiresOn => _source.ExpiresOn;

    protected override string Fingerprint { get; } = options.SendCertificateChain ? "with chain" : string.Empty;

    protected override Surroundings LookAround() => Surroundings.None.With(_source.Current);

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters) =>
        Create(TenantId!, ClientId!, seen.Certificate!, Options.SendCertificateChain, wire);

    /// <summary>The library's credential for a certificate.</summary>
    public static TokenCredential Create(
        string tenantId, string clientId, SigningCertificate certificate, bool sendCertificateChain, Wire wire)
    {
        wire.ConnectAhead();
        ClientCertificateCredentialOptions identityOptions = wire.Configure(new ClientCertificateCredentialOptions
        {
            DisableInstanceDiscovery = true,
            SendCertificateChain = sendCertificateChain,
        });
        return certificate.PemPath is { } path
            ? new ClientCertificateCredential(tenantId, clientId, path, identityOptions)
            : new ClientCertificateCredential(tenantId, clientId, certificate.Certificate, identityOptions);
    }
}
