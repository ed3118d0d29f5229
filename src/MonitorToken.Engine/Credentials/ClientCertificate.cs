using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application with a certificate.</summary>
internal sealed class ClientCertificate : AzureIdentityCredential
{
    private readonly SigningCertificate _certificate;

    public ClientCertificate(CredentialOptions options)
        : base(options)
    {
        _certificate = SigningCertificate.From(options);
        CertificateExpiresOn = _certificate.ExpiresOn;
    }

    public override string Name => "Certificate";

    protected override string Fingerprint => _certificate.Fingerprint + Options.SendCertificateChain;

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller)
    {
        ClientCertificateCredentialOptions identityOptions = wire.Configure(new ClientCertificateCredentialOptions
        {
            DisableInstanceDiscovery = wire.DisableInstanceDiscovery,
            SendCertificateChain = Options.SendCertificateChain,
        });
        return _certificate.PemPath is { } path
            ? new ClientCertificateCredential(TenantId, ClientId, path, identityOptions)
            : new ClientCertificateCredential(TenantId, ClientId, _certificate.Certificate, identityOptions);
    }
}
