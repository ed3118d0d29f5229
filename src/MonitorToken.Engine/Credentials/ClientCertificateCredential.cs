using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Certificates;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;
using Identity = Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application with a certificate.</summary>
internal sealed class ClientCertificateCredential(CredentialOptions options) : AzureIdentityCredential(options)
{
    private readonly CertificateSource _source = CertificateSource.Of(options);

    private InputReader? _inputs;

    public override string Name => "Certificate";

    public override DateTimeOffset? CertificateExpiresOn => _source.ExpiresOn;

    protected override string Fingerprint { get; } = options.SendCertificateChain ? "with chain" : string.Empty;

    protected override InputReader Inputs => _inputs ??= new InputReader([], certificate: _ => _source);

    internal override Task OpenAsync(CancellationToken cancellationToken) =>
        _source.GetCurrentAsync(cancellationToken);

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters) =>
        Create(TenantId!, ClientId!, inputs.Certificate!, Options.SendCertificateChain, transport);

    /// <summary>The library's credential for a certificate.</summary>
    public static TokenCredential Create(
        string tenantId,
        string clientId,
        SigningCertificate certificate,
        bool sendCertificateChain,
        TokenTransport transport)
    {
        transport.ConnectAhead();
        ClientCertificateCredentialOptions identityOptions = transport.Configure(new ClientCertificateCredentialOptions
        {
            DisableInstanceDiscovery = true,
            SendCertificateChain = sendCertificateChain,
        });
        return certificate.PemPath is { } path
            ? new Identity.ClientCertificateCredential(tenantId, clientId, path, identityOptions)
            : new Identity.ClientCertificateCredential(tenantId, clientId, certificate.Certificate, identityOptions);
    }
}
